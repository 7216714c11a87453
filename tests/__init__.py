"""The tests. See the README for how they are laid out and run."""
