"""Color profiles of displays, made here."""

import struct

import numpy as np

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


def rgb_profile(primaries: tuple[tuple[float, float], ...] = P3, gamma: float = 2.2) -> bytes:
    """An ICC profile of three primaries, white D65, adapted to D50 as the format asks for."""
    white = np.array([0.9505, 1.0, 1.089])
    xyz = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    matrix = xyz * np.linalg.solve(xyz, white)
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    matrix = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ white)) @ bradford @ matrix

    def numbers(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    content = {b"wtpt": b"XYZ " + bytes(4) + numbers(*d50)}
    content |= {name: b"XYZ " + bytes(4) + numbers(*matrix[:, i]) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    content |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    content[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    content[b"cprt"] = b"text" + bytes(4) + b"none\0"
    table, data = struct.pack(">I", len(content)), b""
    start = 128 + 4 + 12 * len(content)
    for name, value in content.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value
    head = struct.pack(">I4sI4s4s4s", start + len(data), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + numbers(*d50) + bytes(48)
    return head + table + data
