"""The colors of plots and pages, light and dark.

The eight colors of backends keep apart for people with any color vision, in this order; so do they from the surface.
Those of stages are one hue, from pale to deep.
"""

_NAMES = """
page surface ink muted grid line bad good warn warn-surface accent
s1 s2 s3 s4 s5 s6 s7 s8
r1 r2 r3 r4 r5
"""
_LIGHT = """
#f6f5f2 #ffffff #1a1a19 #62615c #e6e4df #d3d0c8 #b3261e #1e7d45 #7a4d00 #fff4d6 #1f66be
#2a78d6 #1baf7a #d98f00 #008300 #4a3aa7 #e34948 #d2609a #eb6834
#c3d9f3 #92bcea #5f9bdf #2e7bd8 #184f95
"""
_DARK = """
#131312 #1c1c1a #f1f0eb #a9a79f #32312e #45443f #f2857d #62c98a #ffd98a #3a2f12 #7db2f2
#4a92ea #1fae80 #c98500 #3f9d3f #9085e9 #e66767 #d55181 #d95926
#1c3a5e #235693 #2f74c7 #5f9bdf #a9cbf3
"""
LIGHT = dict(zip(_NAMES.split(), _LIGHT.split(), strict=True))
DARK = dict(zip(_NAMES.split(), _DARK.split(), strict=True))

# The order in which backends get the palette's colors; another one is gray.
COLORED = (
    *("openvino", "onnxruntime", "eager", "tensorrt"),
    *("tensorrt-rtx", "published", "onnxruntime-whole", "compiled"),
)
STAGES = ("start", "imports", "load", "build", "first_image")


def color_backend(name: str) -> str:
    """The name of a backend's color."""
    return f"s{COLORED.index(name) + 1}" if name in COLORED else "muted"


def format_variables(theme: dict[str, str]) -> str:
    """A theme as CSS custom properties."""
    return "".join(f"--{name}:{value};" for name, value in theme.items())


def format_dark_rules(prefix: str = "") -> str:
    """CSS that turns the light colors of a drawing into the dark ones."""
    return "".join(
        f'{prefix}[{kind}="{LIGHT[name]}"]{{{kind}:{DARK[name]}}}' for name in LIGHT for kind in ("fill", "stroke")
    )
