"""What a programme knows so far, where evidence is thin, and which test to make next."""
