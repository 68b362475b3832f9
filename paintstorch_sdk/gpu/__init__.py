"""The GPU: its memory, TensorRT's runtime, and engines on disk."""
