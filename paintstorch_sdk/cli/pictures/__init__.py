"""Pictures of a run: which are read, where each is written, and working through them."""
