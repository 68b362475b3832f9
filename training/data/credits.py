"""CREDITS.md and CARD.md of a data set: whom to name, and what is inside."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from .manifest import ManifestRow
from .source import License

NAMED_AUTHORS = 400  # at most, of one source


def credits_text(rows: Sequence[ManifestRow], licenses: Mapping[str, License]) -> str:
    """CREDITS.md: each source with license, author and origin, and the authors that single files name."""
    authors: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        authors[row.source].add(row.author)
    out = ["# Credits", "", "The pictures of this data set are derived from the works below."]
    for source in sorted(authors):
        license = licenses[source]
        out += [
            "",
            f"## {source}",
            "",
            f"- license: {license.name}",
            f"- by: {license.author}",
            f"- from: {license.url}",
        ]
        single = sorted(authors[source] - {license.author})
        if single:
            more = f" and {len(single) - NAMED_AUTHORS} more" if len(single) > NAMED_AUTHORS else ""
            out.append(f"- files by: {'; '.join(single[:NAMED_AUTHORS])}{more}")
    return "\n".join(out) + "\n"


def card_text(rows: Sequence[ManifestRow], settings: Mapping[str, object]) -> str:
    """CARD.md: the settings and a table of sources, licenses and counts."""
    counts: Counter[tuple[str, str]] = Counter((e.source, e.split) for e in rows)
    lines: Counter[str] = Counter(e.source for e in rows if e.lines)
    licenses = {e.source: e.license for e in rows}
    out = [
        "# Data card",
        "",
        "Colored illustrations for training line art coloring; built by paintstorch_sdk.",
        "",
    ]
    out += [f"- {name}: {value}" for name, value in settings.items()]
    out += ["", "| source | license | train | test | true lines |", "|---|---|---|---|---|"]
    for source in sorted(licenses):
        row = (source, licenses[source], counts[source, "train"], counts[source, "test"], lines[source])
        out.append("| " + " | ".join(map(str, row)) + " |")
    train, test = (sum(n for (_, s), n in counts.items() if s == split) for split in ("train", "test"))
    out.append(f"| all | | {train} | {test} | {lines.total()} |")
    out += ["", "No base drawing is in both splits. Everything is drawn; a few pieces of clip art show known persons."]
    return "\n".join(out) + "\n"
