"""Every kernel once or more, over odd sizes: in kernel_guards.py on guarded arrays, and as a program on a real GPU.

The program is what test_gpu.py runs under compute-sanitizer.
"""

import sys
from typing import Any

import numpy as np

from paintstorch_sdk.gpu.device import Gpu
from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.kernels.launcher import Kernels
from support import kernel_simulator as simulator

PRECISIONS = (np.float32, np.float16)


def walk(kernels: Any, array: Any) -> None:
    """Launch them on arrays made by `array`."""
    rng = np.random.default_rng(1)

    def noise(shape: Any, dtype: Any = np.uint8) -> Any:
        return array(rng.integers(0, 256, shape).astype(dtype))

    for width, height, long_side in ((1, 1, 32), (33, 47, 512), (101, 67, 64), (131, 3, 40), (2, 300, 33)):
        geometry = Geometry.fit(width, height, long_side)
        tensor, hint_map = (1, 1, *geometry.padded[::-1]), (1, 4, *geometry.hint_map[::-1])
        stroke = Stroke(((0.0, 0.0), (width, height)), (250, 2, 9), 3.0)
        for dtype in PRECISIONS:
            for channels in ((), (3,)):
                line_art, out = noise((height, width, *channels)), noise((height, width, 3))
                kernels.pack_line_art(line_art, geometry, noise(tensor, dtype))
                color = noise((1, 3, *geometry.padded[::-1]), dtype)
                kernels.unpack_color(color, geometry, line_art, out)
                kernels.unpack_color(color, geometry, None, out)
                kernels.xdog(line_art, noise((height, width)))
            for factor in (1, 5):
                layer = noise((height * factor, width * factor, 4))
                kernels.pack_hints(layer, [stroke], geometry, noise(hint_map, dtype))
    kernels.synchronize()


if __name__ == "__main__":
    gpu = Gpu()
    with gpu.current():
        launcher = Kernels(gpu)
        walk(launcher, simulator.DeviceArray)
        launcher.close()
    sys.stdout.write("done\n")
