"""Backends by name; see `registry`."""
