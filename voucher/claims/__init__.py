"""The provider's claim, the business's confirmation or dispute, the evidence and its review.

Out of scope: moving the money (payments)."""
