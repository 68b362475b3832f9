"""Pixels on the GPU: CUDA kernels, their launcher through PyCUDA, and the same in NumPy (`reference`)."""
