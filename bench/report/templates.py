"""The templates of pages and documents."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
