"""How alike a described problem and an offering are in words: an index over offerings. Pure."""
