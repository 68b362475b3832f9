"""Draws SVG files, one after another, in a process of its own: a drawing that crashes the renderer ends this alone.

Run by `svg_process` as a file, on what it imports here and nothing else. Each request on stdin is the length of a
document (4 bytes, big-endian) and the document; each answer on stdout a byte, 1 for a PNG and 0 for an error's text,
its length and itself.
"""

import contextlib
import struct
import sys

import resvg_py

MAX_MEMORY = 2 * 2**30  # bytes of address space


def main() -> None:
    """Answer until stdin ends."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(4)) == 4:
        document = requests.read(struct.unpack(">I", head)[0]).decode()
        try:
            good, content = 1, bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True))
        except (ValueError, MemoryError) as error:
            good, content = 0, str(error).encode()
        answers.write(struct.pack(">BI", good, len(content)) + content)
        answers.flush()


if __name__ == "__main__":
    main()
