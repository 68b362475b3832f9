"""The templates of pages and documents."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .theme import DARK, LIGHT, format_dark_rules, format_variables

HERE = Path(__file__).parent


def open_templates(*folders: Path, escape: bool = True) -> Environment:
    """The templates of this folder, and of others before it; `escape` makes words from outside no markup in HTML."""
    return Environment(
        loader=FileSystemLoader([*folders, HERE]),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_page(template: str, *folders: Path, **values: Any) -> str:
    """A page made from a template that extends base.html.j2, with the style and the script that all pages share."""
    script = (HERE / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    dark = format_variables(DARK)
    style = (
        f":root{{{format_variables(LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}"
        f"{format_dark_rules(':root:not([data-theme=light]) .plot ')}}}"
        f":root[data-theme=light]{{color-scheme:light}}:root[data-theme=dark]{{color-scheme:dark;{dark}}}"
        f"{format_dark_rules(':root[data-theme=dark] .plot ')}"
    )
    style += (HERE / "page.css").read_text("utf-8")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    page = open_templates(*folders).get_template(template)
    return page.render(style=style, script=script, policy=policy, **values) + "\n"
