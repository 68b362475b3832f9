"""An evaluation as one HTML page and as Markdown with pictures beside it."""

import base64
from pathlib import Path

from PIL import Image

from paintstorch_sdk.bench.report.goal import TONES, summarize_goals
from paintstorch_sdk.bench.report.markdown import format_table
from paintstorch_sdk.bench.report.page import describe_plot
from paintstorch_sdk.bench.report.templates import render_page
from paintstorch_sdk.files import write_file

from . import charts
from .evaluation import Evaluation, write_json
from .gallery import Section, sheet, tile, webp

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
    write_file(paths[0], format_page(evaluation))
    for number, section in enumerate(evaluation.sections):
        write_file(folder / _name_sheet(number, section), webp(_make_sheet(section)))
    write_file(paths[1], format_markdown(evaluation))
    write_json(evaluation, paths[2])
    return paths


def format_page(evaluation: Evaluation) -> str:
    """The HTML page: no other file is needed to read it."""
    plots = [*charts.plot_by_strokes(evaluation.results), charts.plot_lead(evaluation.results)]
    return render_page(
        "report.html.j2",
        Path(__file__).parent,
        name=str(evaluation.about["model"]),
        introduction=introduce(evaluation),
        goals=evaluation.goals,
        reached=summarize_goals(evaluation.goals),
        tones=TONES,
        charts=[describe_plot(plot) for plot in plots if plot],
        sections=[
            {
                "title": section.title,
                "note": section.note,
                "examples": [
                    {
                        "caption": made.caption,
                        "tiles": [(name, _make_uri(tile(image, TILE))) for name, image in made.tiles],
                    }
                    for made in section.examples
                ],
            }
            for section in evaluation.sections
        ],
        side=TILE,
        tables=[table for table in evaluation.tables if table.title != "Goals"],
    )


def format_markdown(evaluation: Evaluation) -> str:
    """The same in Markdown; pictures are files beside it."""
    lines = [f"# {evaluation.about['model']}: evaluation", "", introduce(evaluation), ""]
    for table in evaluation.tables:
        lines += [f"## {table.title}", "", *([table.note, ""] if table.note else []), *format_table(table), ""]
    for number, section in enumerate(evaluation.sections):
        columns = ", ".join(name for name, _ in section.examples[0].tiles)
        lines += [f"## {section.title}", "", f"{section.note} From left to right: {columns}.", ""]
        lines += [f"![{section.title}]({_name_sheet(number, section)})", ""]
        lines += [*(f"{row}. {made.caption}" for row, made in enumerate(section.examples, 1)), ""]
    return "\n".join(lines)


def introduce(evaluation: Evaluation) -> str:
    """The subject of the report: model, drawings, and how it was run."""
    about = evaluation.about
    count = about["drawings"]
    flow = "colors flow over regions" if about["confidence"] else "colors do not flow"
    return (
        f"{count['xdog']} held-out drawings with xDoG lines and {count['drawn']} with lines truly drawn, of "
        f"{about['bases']} base drawings from {len(about['sources'])} sources ({', '.join(about['sources'])}), all of "
        f"the data's split test. The same cases for every method, seed {about['seed']}. Product: Colorizer on "
        f"{about['backend']} {about['precision']}, up to {about['working_size']} px, {flow}."
    )


def _make_uri(image: Image.Image) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp(image)).decode('ascii')}"


def _make_sheet(section: Section) -> Image.Image:
    return sheet([[image for _, image in made.tiles] for made in section.examples], SHEET_TILE)


def _name_sheet(number: int, section: Section) -> str:
    return f"pictures/{number + 1:02d}-{section.title.lower().replace(' ', '-')}.webp"
