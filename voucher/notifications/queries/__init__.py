"""Reads for messages: `facts` (what an event is about, and who is to know), `outbox` (messages)."""
