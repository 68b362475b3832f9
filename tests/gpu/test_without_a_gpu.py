"""Who has no GPU loads nothing of what one needs."""

import subprocess
import sys

import pytest

COLORING = """
import sys
import numpy as np
import paintstorch_sdk as pts

with pts.Colorizer(sys.argv[1], backend=sys.argv[2], device="cpu", threads=1) as colorizer:
    stroke = pts.Stroke([(30, 30), (60, 50)], "#e8a0b4", 14)
    canvas = colorizer.canvas(np.full((60, 80), 255, np.uint8), stroke)
    canvas.render(out=np.zeros((60, 80, 3), np.uint8))
    list(colorizer.stream([np.full((60, 80), 255, np.uint8)]))
print(sorted(name for name in sys.modules if name.startswith(("paintstorch_sdk.gpu", "paintstorch_sdk.kernels"))))
"""


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_coloring_on_the_cpu_imports_no_module_of_the_gpu(tiny_bundle, backend):
    command = [sys.executable, "-c", COLORING, str(tiny_bundle.path), backend]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
