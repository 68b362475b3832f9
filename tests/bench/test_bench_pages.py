"""The reports of `pts bench`: tables, plots, and the page, which is opened in a real browser where there is one."""

import html as stdlib_html
import io
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import msgspec
import pytest
from PIL import Image
from rich.console import Console

from paintstorch_sdk.bench import result
from paintstorch_sdk.bench.report import columns, markdown, numbers, page, plots, terminal
from paintstorch_sdk.bench.report.drawing import NARROW, WIDE
from paintstorch_sdk.bench.report.table import Cell, make_table
from paintstorch_sdk.bench.result import Noise
from paintstorch_sdk.bench.timing import Interval
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file
from support.bench_runs import HOSTILE, a_result, a_row, absent, rows, served
from support.browser import browser, chromium

SVG = "{http://www.w3.org/2000/svg}"


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (0, "0"),
            (0.01234, "0.0123"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (9.999, "10.0"),
            (12345, "12300"),
        ],
    )
    def test_three_digits(self, value, expected):
        assert numbers.format_number(value) == expected

    def test_units(self):
        assert [numbers.format_duration(s) for s in (0, 8.5e-5, 0.0712, 0.9996, 12.0)] == [
            "0",
            "85.0 µs",
            "71.2 ms",
            "1000 ms",
            "12.0 s",
        ]
        assert numbers.format_bytes(13 * 2**20) == "13.0 MiB"
        assert numbers.format_bytes(None) == ""
        assert numbers.format_rate(9.12e11, "FLOP/s") == "912 GFLOP/s"
        assert [numbers.format_percent(s) for s in (0.4449, 0.0123, 0.0)] == ["44 %", "1.2 %", "0 %"]
        assert (numbers.format_decibels(200.0), numbers.format_decibels(58.06)) == ("equal", "58.1 dB")

    def test_intervals_and_fixed_decimals(self):
        found = Interval(71.24, 70.1, 73.0)
        assert numbers.format_interval(found, unit="ms") == "71.2 ms [70.1, 73.0]"
        assert numbers.format_interval(found, numbers.format_fixed(0, sign=True)) == "+71 [+70, +73]"


def panels():
    return list(columns.make_panels(a_result()))


def drawn(found, ceilings=(), width=WIDE):
    """The plots of rows, as SVG, by name."""
    panel = columns.Panel("", found)
    return {plot.name: ElementTree.fromstring(plot.render_svg(width)) for plot in plots.make_plots(panel, ceilings)}


def tips(root):
    return [element.get("data-tip") for element in root.iter() if element.get("data-tip")]


class TestPlots:
    def test_every_sample_is_a_tick(self):
        row = a_row()
        path = next(p.get("d") for p in drawn([row])["latency"].iter(f"{SVG}path") if p.get("stroke-width") == "0.9")
        assert path.count("M") == len(row.samples.values)

    def test_what_is_faster_stands_above(self):
        found = drawn(rows(batches=(1,)))["latency"]
        assert [tip.split(",")[0] for tip in tips(found)] == [
            *("openvino bf16", "openvino fp32", "onnxruntime fp32", "eager fp32", "published fp32")
        ]

    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_each_panel_has_its_plots_at_their_width(self, width):
        names = []
        for panel in panels():
            found = drawn(panel.rows, a_result().ceilings, width)
            assert all(root.get("width") == str(width) for root in found.values())
            names.append(set(found))
        assert names == [
            {"latency", "accuracy", "throughput", "roofline", "cold-start"},
            {"latency", "roofline"},
            {"speed"},
            {"server", "speed", "latency"},
        ]

    def test_text_is_text_and_nothing_refers_to_anything(self):
        for panel in panels():
            for root in drawn(panel.rows, a_result().ceilings).values():
                assert [text.text for text in root.iter(f"{SVG}text") if text.text.startswith("openvino bf16")]
                assert not [
                    e.tag for e in root.iter() if e.tag.rpartition("}")[2] in ("use", "defs", "image", "clipPath")
                ]
                assert not [e for e in root.iter() if "id" in e.attrib or "#" in e.get("clip-path", "")]

    def test_the_roof_is_the_fastest_convolution(self):
        known = a_result().ceilings
        told = " ".join(tips(drawn(rows(batches=(1,)), known)["roofline"]))
        assert f"roof of bf16 {numbers.format_rate(known[1].rate.value, 'FLOP/s')} by openvino" in told
        assert f"roof of fp32 {numbers.format_rate(known[0].rate.value, 'FLOP/s')} by torch" in told

    def test_without_rows_there_are_none(self):
        assert drawn([]) == {}
        assert drawn([absent("tensorrt", "cannot run", "no GPU")]) == {}

    def test_equal_samples_have_no_density_and_are_drawn_all_the_same(self):
        row = a_row(samples=result.TimeSamples.of([[0.1] * 4] * 3))
        assert len(tips(drawn([row])["latency"])) == 1

    def test_one_slow_start_does_not_hide_the_others(self):
        slow = a_row("compiled", "fp32", 40.0)
        found = [text.text for text in drawn([*rows(batches=(1,)), slow])["cold-start"].iter(f"{SVG}text")]
        assert f"\N{RIGHTWARDS ARROW} {numbers.format_duration(slow.cold_start.total)}" in found

    def test_a_color_is_a_backend_and_one_that_is_not_known_is_gray(self):
        found = drawn([a_row("something-new", "int8"), a_row()])["latency"]
        (known, _), (unknown, _) = (
            [path.get("fill") for path in mark.iter(f"{SVG}path")] + [None]
            for mark in found.iter()
            if mark.get("data-tip")
        )
        assert {known, unknown} == {plots.LIGHT["s1"], plots.LIGHT["muted"]}

    def test_a_dollar_sign_is_no_formula(self):
        assert "a$b$ fp32" in [text.text for text in drawn([a_row("a$b$", "fp32")])["latency"].iter(f"{SVG}text")]


class TestPlotFiles:
    def test_a_folder(self, tmp_path):
        written = plots.write_plots(a_result(), tmp_path / "plots")
        assert "single-stream-512-x-512-roofline.svg" in {path.name for path in written}
        for path in written:
            content = path.read_text("utf-8")
            ElementTree.fromstring(content)
            assert "var(--" not in content
            assert "prefers-color-scheme:dark" in content

    def test_one_picture(self, tmp_path):
        assert plots.write_plots(a_result(), tmp_path / "all.png") == [tmp_path / "all.png"]
        with Image.open(tmp_path / "all.png") as picture:
            assert picture.width == 2 * (WIDE + 48)
            assert len(picture.convert("RGB").getcolors(2**20)) > 50
        plots.write_plots(a_result(), tmp_path / "all.svg")
        assert ElementTree.parse(tmp_path / "all.svg").getroot().tag == f"{SVG}svg"

    @pytest.mark.parametrize(("name", "message"), [("x.gif", r"ends in \.svg or \.png"), ("x", "at least one row")])
    def test_what_cannot_be_plotted(self, tmp_path, name, message):
        measured = a_result() if "." in name else a_result(absent("tensorrt", "cannot run", "no GPU"))
        with pytest.raises(InputError, match=message):
            plots.write_plots(measured, tmp_path / name)
        assert list(tmp_path.iterdir()) == []


class TestTerminal:
    def shown(self, measured, width=150):
        console = Console(file=io.StringIO(), width=width)
        terminal.print_result(measured, console)
        return console.file.getvalue()

    def test_every_row_has_its_numbers_or_its_reason(self):
        text = self.shown(a_result())
        best = a_result().rows[2]
        assert "p50 [95 %]" in text
        for words in (
            "x eager fp32",
            "CIEDE2000",
            "held to cores 0-1, 3",
            "cannot run: tensorrt fp16 cuda (batch 1): needs a CUDA",
        ):
            assert words in text
        line = next(line for line in text.splitlines() if line.strip().startswith(best.title))
        assert numbers.format_milliseconds(best.median) in line
        assert "interrupted" not in text
        assert "interrupted" in self.shown(a_result(complete=False))

    def test_numbers_are_whole_in_a_narrow_terminal(self):
        text = self.shown(a_result(*rows(batches=(1,))), width=100)
        assert numbers.format_milliseconds(a_result().rows[2].median) in text

    def test_control_characters_do_nothing(self):
        assert "\x1b" not in self.shown(a_result(absent("\x1b[31mred", "failed", "\x1b[2Jgone")))


class TestTables:
    def test_a_column_is_shown_where_a_row_has_something(self):
        (panel, *_) = panels()
        headings = [column.heading for column in columns.make_table_of_rows(panel, brief=False).columns]
        assert headings[:3] == ["way", "batch", "p50 [95 %], ms"]
        assert "on disk" in headings
        assert not {"VRAM", "GPU, ms"} & set(headings)
        brief = [column.heading for column in columns.make_table_of_rows(panel, brief=True).columns]
        assert "on disk" not in brief

    def test_a_row_has_a_cell_for_each_column(self):
        with pytest.raises(AssertionError):
            make_table(["a", "b"], [[Cell("one")]])


class TestMarkdown:
    def test_tables_with_reasons(self, tmp_path):
        write_file(tmp_path / "README.md", markdown.format_result(a_result()))
        text = (tmp_path / "README.md").read_text("utf-8")
        best = a_result().rows[2]
        line = next(line for line in text.splitlines() if line.startswith("| openvino bf16 | 1 |"))
        assert f"| {numbers.format_milliseconds(best.median)} [" in line
        assert f"| {numbers.format_number(best.speedup.value)} [" in line
        assert "- tensorrt fp16 cuda (batch 1): cannot run: needs a CUDA device: install a driver" in text
        assert "- compiled fp16 (batch 1): failed: wrong pixels" in text
        assert "- command: pts bench --duration 20" in text
        assert "held to cores 0-1, 3" in text
        for lines in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}) == 1, lines

    def test_a_single_batch_needs_no_column(self):
        assert "batch |" not in markdown.format_result(a_result(*rows(batches=(1,))))

    def test_warnings_come_first(self):
        noise = Noise(1.0, None, 0.5, 0.0, (), None, ("other processes had half of the processors' time",))
        text = markdown.format_result(a_result(noise=noise, complete=False))
        assert text.index("stopped early") < text.index("half of the processors") < text.index("openvino")

    def test_words_from_outside_are_no_markup(self):
        text = markdown.format_result(
            a_result(absent(HOSTILE, "failed", f"{HOSTILE}\n# heading\n[a](b)"), command=HOSTILE)
        )
        assert "<" not in re.sub(r"\\.", "", text).replace("> **", "")
        assert "\n# heading" not in text
        assert r"\[a\](b)" in text


class Checker(HTMLParser):
    """What a page consists of."""

    VOID = ("meta", "br", "hr", "img", "input", "link")

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


class TestPage:
    def test_it_tells_everything(self):
        measured = a_result()
        found = Checker(page.format_page(measured))
        told = " ".join(found.words)
        for expected in (
            "openvino bf16 paints",
            "needs a CUDA device: install a driver",
            "wrong pixels: expected at least 40 dB",
            "pts bench --duration 20",
            "OMP_NUM_THREADS=2",
            "0123456789ab+",
            "95 % bootstrap intervals",
            "load average before",
        ):
            assert expected in told, expected
        assert found.tags.count("tr") > len(measured.rows)
        assert "not quiet" not in told

    def test_it_is_the_run_itself(self, tmp_path):
        measured = a_result()
        document = page.format_page(measured)
        raw = re.search(r'<script type="application/json" id="run">(.*?)</script>', document, re.DOTALL)[1]
        (tmp_path / "run.json").write_text(raw, "utf-8")
        assert result.load(tmp_path / "run.json").rows[0].samples.values == pytest.approx(
            measured.rows[0].samples.values, rel=1e-5
        )

    def test_it_needs_nothing_from_outside(self):
        document = page.format_page(a_result())
        found = Checker(document)
        loading = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
        assert not [a for a in found.attributes if a[1] in loading]
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", document)
        policy = next(value for tag, name, value in found.attributes if tag == "meta" and "default-src" in value)
        assert policy.startswith("default-src 'none'")
        assert not [name for _, name, _ in found.attributes if name.startswith("on")]

    def test_noise_is_shown_first(self):
        noise = Noise(1.0, 3.2, 0.5, 0.0, (), 0.2, ("the clock fell by 20 %",))
        told = " ".join(Checker(page.format_page(a_result(noise=noise))).words)
        assert told.index("not quiet") < told.index("the clock fell by 20 %") < told.index("Latency")

    def test_words_from_outside_are_no_markup(self):
        row = a_row(HOSTILE, HOSTILE, model=HOSTILE, how=HOSTILE, version=HOSTILE)
        environment = dict.fromkeys(("cpu", "system", "python", "revision", "gpu"), HOSTILE)
        environment |= {"versions": {HOSTILE: HOSTILE}, "flags": {HOSTILE: HOSTILE}, "instructions": [HOSTILE]}
        noise = Noise(1.0, None, None, None, (), None, (HOSTILE,))
        chosen = (row, absent(HOSTILE, "failed", HOSTILE))
        found = Checker(
            page.format_page(a_result(*chosen, environment=environment, noise=noise, command=HOSTILE, date=HOSTILE))
        )
        assert "img" not in found.tags
        assert found.tags.count("script") == 2
        assert HOSTILE in "".join(found.words)

    @pytest.mark.parametrize(
        "chosen", [[absent("tensorrt", "cannot run", "no GPU")], served(), rows("offline"), rows()[:1]]
    )
    def test_runs_of_little(self, chosen):
        document = page.format_page(a_result(*chosen, ceilings=()))
        assert stdlib_html.escape(chosen[0].title) in document
        Checker(document)

    def test_no_rows_at_all(self):
        assert "nothing ran" in page.format_page(msgspec.structs.replace(a_result(), rows=()))


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.skipif(chromium() is None, reason="needs Chromium: apt-get install chromium")
class TestBrowser:
    @pytest.fixture
    def shown(self, opened, tmp_path):
        write_file(
            tmp_path / "page.html", page.format_page(a_result(absent(HOSTILE, "failed", HOSTILE), *a_result().rows))
        )
        opened.errors.clear()
        opened.requests.clear()
        opened.open(tmp_path / "page.html")
        yield opened
        assert opened.errors == []
        assert [address for address in opened.requests if not address.startswith(("file:", "blob:"))] == []

    def test_a_wide_window(self, shown):
        assert shown.run("document.querySelectorAll('figure .wide svg').length") > 5
        assert shown.run("document.documentElement.scrollWidth <= innerWidth")
        panels = "[...document.querySelectorAll('section.panel')].filter(s => s.offsetHeight).length"
        assert shown.run(panels) == 1  # the tabs hide the others
        shown.run("document.querySelectorAll('.tabs button')[3].click()")
        assert shown.run("document.querySelector('section.panel:not([hidden]) h2').textContent") == "Server, 512 x 512"

    def test_a_phone(self, opened, tmp_path):
        write_file(tmp_path / "page.html", page.format_page(a_result()))
        opened.errors.clear()
        opened.open(tmp_path / "page.html", 360, 740, dark=True, mobile=True)
        assert opened.run("document.documentElement.scrollWidth") == 360
        assert opened.run("getComputedStyle(document.querySelector('figure .narrow')).display") == "block"
        assert opened.run("getComputedStyle(document.querySelector('figure .wide')).display") == "none"
        background = opened.run("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", background)[:3])) < 150
        opened.run("document.getElementById('theme').click()")
        background = opened.run("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", background)[:3])) > 600
        assert opened.errors == []

    def test_sorting_by_a_column(self, shown):
        numbers = """[...document.querySelectorAll('section.panel:not([hidden]) tbody tr')]
            .map(r => r.cells[2]?.dataset.value).map(v => v === undefined ? null : Number(v))"""
        click = "document.querySelectorAll('section.panel:not([hidden]) thead button')[2].click()"
        shown.run(click)
        found = shown.run(numbers)
        ran = [value for value in found if value is not None]
        assert ran == sorted(ran)
        assert found[len(ran) :] == [None] * 3  # what did not run stays at the end
        shown.run(click)
        assert shown.run(numbers)[: len(ran)] == sorted(ran, reverse=True)

    def test_every_sample_can_be_read(self, shown):
        shown.run("document.getElementById('samples').open = true")
        done = "document.getElementById('samples').dataset.full === 'yes'"
        for _ in range(100):
            if shown.run(done):
                break
        text = shown.run("document.querySelector('.samples').textContent")
        first = a_result().rows[0].samples.rounds[0]
        assert [float(number) for number in text.split(": ")[1].split()] == pytest.approx(
            [1e3 * s for s in first], rel=1e-4
        )

    def test_marks_tell_what_they_are(self, shown):
        shown.run("document.querySelector('.wide [data-tip]').focus()")
        assert shown.run("document.getElementById('tip').textContent").startswith("openvino bf16, batch 1: p50, ms")
        assert shown.run("document.getElementById('tip').className") == "on"

    def test_the_policy_holds(self, shown):
        """A script that somebody got into the page would not run; the browser says so."""
        shown.run(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.bad = 1'}))"
        )
        assert shown.run("window.bad === undefined")
        assert shown.errors
        shown.errors.clear()
