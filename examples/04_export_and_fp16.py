"""Add FP16 graphs to a model and prove them on line art: the file is written only if the pictures stay the same.

pip install 'paintstorch-sdk[cpu,export]'
python examples/04_export_and_fp16.py [MODEL]

`pts export CHECKPOINT -o BUNDLE` exports a checkpoint; `pts export BUNDLE -o NEW --fp16` is this script.
"""

import shutil
import sys
from pathlib import Path

import paintstorch_sdk as pts
from paintstorch_sdk.examples import examples
from paintstorch_sdk.export.extend import extend_bundle

MODEL = sys.argv[1] if len(sys.argv) > 1 else "default"
OUT = Path("out/half")

shutil.rmtree(OUT, ignore_errors=True)  # a bundle is written into a new folder, whole or not at all
bundle = extend_bundle(pts.Bundle.open(MODEL), OUT, examples=examples(), size=256)

half = bundle.manifest["fp16"]
proof = half["verification"]
print(f"{OUT}: {half['share_of_operations']:.1%} of the operations in FP16")
print(f"the worst picture, {proof['worst_image']}, is {proof['psnr']:.1f} dB from FP32; see {OUT / 'fp16.png'}")
