"""Whether a business qualifies: pure rules over known facts, and every check kept as it was run.

Out of scope: gathering the facts and deciding on the answer (applications)."""
