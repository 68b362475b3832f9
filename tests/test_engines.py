"""The tests of engines_suite.py, in a process of their own.

TensorRT-RTX 1.7.1 crashed with a segmentation fault where it built an engine in a process that had run the rest of the
tests before it; alone it does not.
"""

import subprocess
import sys
from pathlib import Path

SUITE = Path(__file__).with_name("engines_suite.py")


def test_engines_in_a_process_of_their_own():
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SUITE)]
    done = subprocess.run(arguments, cwd=SUITE.parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
