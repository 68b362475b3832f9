"""Experiments, and what measures for the docs: run in a clone of the repository, not part of the wheel.

python -m paintstorch_sdk.bench.experiments            what one kernel for a whole bottleneck could save (docs/gpu.md)
python -m paintstorch_sdk.bench.experiments.packing    denser groups of convolutions (docs/export.md)
python -m paintstorch_sdk.bench.experiments.visit OUT  everything that a visit to a GPU is for
python -m paintstorch_sdk.bench.experiments.performance  docs/performance.md (make bench-docs)
python -m paintstorch_sdk.bench.experiments.studio     from pen-up to the picture in a browser (docs/studio.md)

fusion        predictions, by a roofline            contestants   ways of running the bottlenecks
contest       those ways, timed in turns            traffic       bytes that they move, counted by ncu
bottleneck    the kernel, called from torch         module_engine a part of a network as a TensorRT engine
"""
