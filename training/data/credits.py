"""CREDITS.md and CARD.md of a data set: whom to name, and what is inside."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from .manifest import Entry
from .source import Licence

NAMED_AUTHORS = 400  # at most, of one source


def credits_text(entries: Sequence[Entry], licences: Mapping[str, Licence]) -> str:
    """CREDITS.md: each source with licence, author and origin, and the authors that single files name."""
    authors: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        authors[entry.source].add(entry.author)
    out = ["# Credits", "", "The pictures of this data set are derived from the works below."]
    for source in sorted(authors):
        licence = licences[source]
        out += [
            "",
            f"## {source}",
            "",
            f"- licence: {licence.name}",
            f"- by: {licence.author}",
            f"- from: {licence.url}",
        ]
        single = sorted(authors[source] - {licence.author})
        if single:
            more = f" and {len(single) - NAMED_AUTHORS} more" if len(single) > NAMED_AUTHORS else ""
            out.append(f"- files by: {'; '.join(single[:NAMED_AUTHORS])}{more}")
    return "\n".join(out) + "\n"


def card_text(entries: Sequence[Entry], settings: Mapping[str, object]) -> str:
    """CARD.md: the settings and a table of sources, licences and counts."""
    counts: Counter[tuple[str, str]] = Counter((e.source, e.split) for e in entries)
    lines: Counter[str] = Counter(e.source for e in entries if e.lines)
    licences = {e.source: e.licence for e in entries}
    out = [
        "# Data card",
        "",
        "Coloured illustrations for training line art colouring; built by paintstorch_sdk.",
        "",
    ]
    out += [f"- {name}: {value}" for name, value in settings.items()]
    out += ["", "| source | licence | train | test | true lines |", "|---|---|---|---|---|"]
    for source in sorted(licences):
        row = (source, licences[source], counts[source, "train"], counts[source, "test"], lines[source])
        out.append("| " + " | ".join(map(str, row)) + " |")
    train, test = (sum(n for (_, s), n in counts.items() if s == split) for split in ("train", "test"))
    out.append(f"| all | | {train} | {test} | {lines.total()} |")
    out += ["", "No base drawing is in both splits. Everything is drawn; a few pieces of clip art show known persons."]
    return "\n".join(out) + "\n"
