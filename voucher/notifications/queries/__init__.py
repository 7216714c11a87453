"""Reads for messages: `facts` (what an event is about), `cases` and `claims` (the parts of it
that many share), `people` (who is to know), `outbox` (messages), `deadlines`, `use`."""
