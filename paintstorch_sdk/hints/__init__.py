"""Hints: strokes and layers, and what the network sees of them."""
