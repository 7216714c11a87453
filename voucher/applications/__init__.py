"""Applications: draft, submit, assess, decide, appeal."""
