"""What a round will compare, and how, written down and locked before its draw."""
