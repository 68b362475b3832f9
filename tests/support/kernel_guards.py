"""Run by test_kernels_launcher.py in a process of its own: a kernel that reads outside an array ends the process.

Arrays lie against pages that nothing may read: at their end, and then at their beginning.
"""

import ctypes
import mmap
import sys
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.kernels.launcher import Kernels
from support import kernel_simulator as simulator
from support.kernel_walk import walk

PROT_NONE = 0  # which the mmap module does not name
keep: list[mmap.mmap] = []


class Guarded:
    """An array against a page that cannot be read."""

    def __init__(self, array: Any, at_end: bool) -> None:
        array = np.ascontiguousarray(array)
        pages = -(-array.nbytes // mmap.PAGESIZE)
        memory = mmap.mmap(-1, (pages + 2) * mmap.PAGESIZE)
        base = np.frombuffer(memory, np.uint8).ctypes.data
        start = mmap.PAGESIZE if not at_end else (pages + 1) * mmap.PAGESIZE - array.nbytes
        self.array = np.ndarray(array.shape, array.dtype, memory, start)
        self.array[...] = array
        self.__cuda_array_interface__ = self.array.__array_interface__
        keep.append(memory)
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        for page in (base, base + (pages + 1) * mmap.PAGESIZE):
            assert protect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), PROT_NONE) == 0


if __name__ == "__main__":
    sys.modules["pycuda"] = ModuleType("pycuda")
    sys.modules["pycuda.driver"] = simulator.driver()
    if "--trip" in sys.argv:  # the guard works: one row more than there is
        line_art = Guarded(np.zeros((40, 64), np.uint8), at_end=True)
        line_art.__cuda_array_interface__ = {**line_art.__cuda_array_interface__, "shape": (41, 64)}
        out = Guarded(np.zeros((1, 1, 64, 64), np.float32), at_end=True)
        Kernels().pack_line_art(line_art, Geometry.fit(64, 41, 64), out)
    else:
        for end in (True, False):
            walk(Kernels(), partial(Guarded, at_end=end))
    sys.stdout.write("done\n")
