"""The colors of the report, light and dark, and the style of its figures.

The eight colors of backends keep apart for people with any color vision, in this order; so do they from the
surface. Those of stages are one hue, from pale to deep.
"""

import re

from .figure import COLORED, STAGES

_NAMES = """
page surface ink muted grid line bad warn warn-surface accent
s1 s2 s3 s4 s5 s6 s7 s8
r1 r2 r3 r4 r5
"""
_LIGHT = """
#f6f5f2 #ffffff #1a1a19 #62615c #e6e4df #d3d0c8 #b3261e #7a4d00 #fff4d6 #1f66be
#2a78d6 #1baf7a #d98f00 #008300 #4a3aa7 #e34948 #d2609a #eb6834
#c3d9f3 #92bcea #5f9bdf #2a78d6 #184f95
"""
_DARK = """
#131312 #1c1c1a #f1f0eb #a9a79f #32312e #45443f #f2857d #ffd98a #3a2f12 #7db2f2
#4a92ea #1fae80 #c98500 #3f9d3f #9085e9 #e66767 #d55181 #d95926
#1c3a5e #235693 #2f74c7 #5f9bdf #a9cbf3
"""
LIGHT = dict(zip(_NAMES.split(), _LIGHT.split(), strict=True))
DARK = dict(zip(_NAMES.split(), _DARK.split(), strict=True))

STYLE = (
    """
.fig text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif;fill:var(--ink)}
.fig .tick,.fig .axis{fill:var(--muted);font-size:11px}
.fig .label{font-size:12.5px;paint-order:stroke;stroke:var(--surface);stroke-width:3px;stroke-linejoin:round}
.fig .value{font-size:12.5px;font-weight:600}
.fig .heading{font-size:17px;font-weight:650}
.fig .grid{stroke:var(--grid);stroke-width:1}
.fig .backdrop{fill:var(--surface)}
.fig .area{fill:currentColor;fill-opacity:.16;stroke:none}
.fig .curve,.fig .line{fill:none;stroke:currentColor;stroke-width:1.6;stroke-linejoin:round}
.fig .line{stroke-width:2}
.fig .thin{stroke-width:1.2}
.fig .dots{fill:none;stroke:currentColor;stroke-width:2.4;stroke-linecap:round;stroke-opacity:.45}
.fig .bar{stroke:currentColor;stroke-width:5;stroke-linecap:round;stroke-opacity:.55}
.fig .whisker{stroke:currentColor;stroke-width:1.5}
.fig .ink{stroke:var(--ink);stroke-opacity:.75}
.fig .tail{stroke-width:1.5}
.fig .mark{fill:currentColor;stroke:var(--surface);stroke-width:1.5}
.fig .hollow{fill:var(--surface);stroke:currentColor}
.fig .key,.fig .block{fill:currentColor}
.fig .roof{fill:none;stroke:var(--muted);stroke-width:2}
.fig .extend{stroke:var(--line);stroke-width:1;stroke-dasharray:3 4}
.fig .limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4}
.fig .hit{fill:var(--ink);fill-opacity:0}
.c0{color:var(--muted)}
"""
    + "".join(f".c{i}{{color:var(--s{i})}}\n" for i in range(1, len(COLORED) + 1))
    + "".join(f".fig .s{i}{{fill:var(--r{i})}}\n" for i in range(1, len(STAGES) + 1))
)


def variables(theme: dict[str, str]) -> str:
    """A theme as CSS custom properties."""
    return "".join(f"--{name}:{value};" for name, value in theme.items())


def plain(theme: dict[str, str]) -> str:
    """The style with the colors of one theme in it: renderers outside of browsers know no custom properties."""
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: theme[found[1]], STYLE)
