"""FP16 graphs: made, measured, proven."""
