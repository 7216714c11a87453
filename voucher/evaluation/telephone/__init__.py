"""Follow-ups by telephone: who is rung, what came of it, answers that staff type."""
