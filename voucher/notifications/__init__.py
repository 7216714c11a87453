"""Messages to people: audit event → outbox row → SMTP, each once, none to cancelled vouchers."""
