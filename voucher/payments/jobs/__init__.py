"""What the worker does with money. Each job owns its transactions and calls Stripe between them."""
