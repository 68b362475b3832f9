"""An evaluation as one HTML page and as Markdown with pictures beside it."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from paintstorch_sdk.files import replacing

from . import charts
from .evaluation import Evaluation, write_json
from .gallery import Section, sheet, tile, webp
from .goals import summary
from .style import STYLE
from .tables import Table

PAGE, MARKDOWN, JSON = "report.html", "report.md", "evaluation.json"
TILE = 288  # pixels of a picture on the page
SHEET_TILE = 224  # pixels of one in the Markdown's sheets


def write(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write the report into a folder, over an older one.

    Returns:
        The page, the Markdown and the JSON file.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = [folder / PAGE, folder / MARKDOWN, folder / JSON]
    with replacing(paths[0]) as temporary:
        temporary.write_text(page(evaluation), "utf-8")
    for number, section in enumerate(evaluation.sections):
        with replacing(folder / _sheet_name(number, section)) as temporary:
            temporary.write_bytes(webp(_sheet(section)))
    with replacing(paths[1]) as temporary:
        temporary.write_text(markdown(evaluation), "utf-8")
    write_json(evaluation, paths[2])
    return paths


def page(evaluation: Evaluation) -> str:
    """The HTML page: no other file is needed to read it."""
    name = html.escape(str(evaluation.about["model"]))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{name}: evaluation</title><style>{STYLE}</style></head><body>",
        f"<header><h1>{name}</h1><p>{html.escape(introduction(evaluation))}</p></header><main>",
    ]
    parts += [_goal_cards(evaluation)] if evaluation.goals else []
    if evaluation.results.rows:
        drawn = "".join(f"<figure>{chart}</figure>" for chart in charts.by_strokes(evaluation.results))
        parts.append(
            f'<section><h2>PSNR by strokes</h2><p class="note">Tidy strokes; bands are 95 % intervals over drawings. '
            f"{charts.legend(evaluation.results.methods)}</p><div class=charts>{drawn}</div></section>"
        )
        parts.append(
            '<section><h2>Lead over the nearest-stroke fill</h2><p class="note">Favorable and unfavorable hints side '
            "by side; bars are 95 % intervals over drawings.</p>"
            f'<figure class="wide">{charts.lead(evaluation.results)}</figure></section>'
        )
    parts += [_section(section) for section in evaluation.sections]
    parts += [_table(table) for table in evaluation.tables if table.title != "Goals"]
    parts.append("</main></body></html>")
    return "\n".join(parts)


def markdown(evaluation: Evaluation) -> str:
    """The same in Markdown; pictures are files beside it."""
    lines = [f"# {evaluation.about['model']}: evaluation", "", introduction(evaluation), ""]
    for table in evaluation.tables:
        lines += [f"## {table.title}", "", *([table.note, ""] if table.note else []), *markdown_table(table), ""]
    for number, section in enumerate(evaluation.sections):
        columns = ", ".join(name for name, _ in section.examples[0].tiles)
        lines += [f"## {section.title}", "", f"{section.note} From left to right: {columns}.", ""]
        lines += [f"![{section.title}]({_sheet_name(number, section)})", ""]
        lines += [*(f"{row}. {made.caption}" for row, made in enumerate(section.examples, 1)), ""]
    return "\n".join(lines)


def markdown_table(table: Table) -> list[str]:
    """Lines of a Markdown table."""
    rule = ["---" if i < table.numbers else "---:" for i in range(len(table.columns))]
    rows = [table.columns, tuple(rule), *table.rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def introduction(evaluation: Evaluation) -> str:
    """What was measured, on what, and how it was run."""
    about = evaluation.about
    count = about["drawings"]
    flow = "colors flow over regions" if about["confidence"] else "colors do not flow"
    return (
        f"{count['xdog']} held-out drawings with xDoG lines and {count['drawn']} with lines truly drawn, of "
        f"{about['bases']} base drawings from {len(about['sources'])} sources ({', '.join(about['sources'])}), all of "
        f"the data's split test. The same cases for every method, seed {about['seed']}. Product: Colorizer on "
        f"{about['backend']} {about['precision']}, up to {about['working_size']} px, {flow}."
    )


def _goal_cards(evaluation: Evaluation) -> str:
    cards = []
    for goal in evaluation.goals:
        state = "unknown" if goal.reached is None else ("reached" if goal.reached else "missed")
        cards.append(
            f'<li class="{state}"><b>{state}</b><span>{html.escape(goal.name)}</span>'
            f"<em>{html.escape(goal.found)}</em></li>"
        )
    return (
        f'<section><h2>Goals: {summary(evaluation.goals)} reached</h2><ul class="goals">{"".join(cards)}</ul></section>'
    )


def _section(section: Section) -> str:
    rows = []
    for made in section.examples:
        tiles = "".join(
            f"<figure><img loading=lazy width={TILE} height={TILE} alt={_quoted(name)} src={_uri(tile(image, TILE))}>"
            f"<figcaption>{html.escape(name)}</figcaption></figure>"
            for name, image in made.tiles
        )
        rows.append(f'<div class="example"><div class="tiles">{tiles}</div><p>{html.escape(made.caption)}</p></div>')
    title, note = html.escape(section.title), html.escape(section.note)
    return f'<section><h2>{title}</h2><p class="note">{note}</p>{"".join(rows)}</section>'


def _table(table: Table) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=number' if i >= table.numbers else ''}>{html.escape(cell)}</{tag}>"
            for i, cell in enumerate(row)
        )

    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in table.rows)
    note = f'<p class="note">{html.escape(table.note)}</p>' if table.note else ""
    return (
        f"<section><h2>{html.escape(table.title)}</h2>{note}<div class=scroll><table><thead><tr>"
        f"{cells(table.columns, 'th')}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _uri(image: Image.Image) -> str:
    return f'"data:image/webp;base64,{base64.b64encode(webp(image)).decode("ascii")}"'


def _quoted(text: str) -> str:
    return f'"{html.escape(text)}"'


def _sheet(section: Section) -> Image.Image:
    return sheet([[image for _, image in made.tiles] for made in section.examples], SHEET_TILE)


def _sheet_name(number: int, section: Section) -> str:
    return f"pictures/{number + 1:02d}-{section.title.lower().replace(' ', '-')}.webp"
