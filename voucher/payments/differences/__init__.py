"""What a reconciliation found: differences that stay the same item from night to night, movements
at Stripe that nobody here made, and the officer's signature under it all."""
