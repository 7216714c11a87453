"""What rounds and programmes together say: pooled effects, how far they differ, the document."""
