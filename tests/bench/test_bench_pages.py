"""The reports of `pts bench`: Markdown, figures, and the page, which is opened in a real browser where there is one."""

import html as stdlib_html
import itertools
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from PIL import Image

from paintstorch_sdk.bench import columns, figures, html, markdown, plots, run, svg, words
from paintstorch_sdk.bench.figure import NARROW, WIDE
from paintstorch_sdk.bench.run import Noise
from paintstorch_sdk.errors import InputError
from support.bench_runs import HOSTILE, a_row, a_run, absent, rows, served
from support.browser import browser, chromium

SVG = "{http://www.w3.org/2000/svg}"


class TestWords:
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
        assert words.number(value) == expected

    def test_units(self):
        assert [words.duration(s) for s in (0, 8.5e-5, 0.0712, 0.9996, 12.0)] == [
            "0",
            "85.0 µs",
            "71.2 ms",
            "1000 ms",
            "12.0 s",
        ]
        assert words.size(13 * 2**20) == "13.0 MiB"
        assert words.size(None) == ""
        assert words.rate(9.12e11, "FLOP/s") == "912 GFLOP/s"
        assert [words.percent(s) for s in (0.4449, 0.0123, 0.0)] == ["44 %", "1.2 %", "0 %"]
        assert (words.decibels(200.0), words.decibels(58.06)) == ("equal", "58.1 dB")


class TestScales:
    def test_places_are_linear_in_the_logarithm(self):
        scale = svg.Scale(1, 100, 0, 200, log=True)
        assert [scale(v) for v in (1, 10, 100)] == pytest.approx([0, 100, 200])
        assert scale(0) < -1000  # off the paper, not an error

    @pytest.mark.parametrize("log", [True, False])
    @pytest.mark.parametrize(("low", "high"), [(0.07, 0.7), (98, 103), (1, 5000), (3, 3.3)])
    def test_ticks_are_few_round_and_inside(self, low, high, log):
        ticks = svg.Scale(low, high, 0, 1, log).ticks(7)
        assert 2 <= len(ticks) <= 8
        assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)
        assert all(float(f"{tick:.3g}") == pytest.approx(tick) for tick in ticks)

    def test_labels_keep_apart(self):
        places = svg.apart([10, 11, 12, 90], 15, 0, 100)
        assert sorted(places) == places
        assert all(b - a >= 15 - 1e-3 for a, b in itertools.pairwise(places))
        labels = svg.Labels(0, 300)
        drawn = [labels.place("a name", 100, 100, "label") for _ in range(12)]
        assert len({d for d in drawn if d}) == 12 - labels.lost > 3


class TestFigures:
    def test_every_sample_is_a_dot(self):
        row = a_row()
        drawn = figures.of_rows([row], (), WIDE)[0].svg()
        dots = ElementTree.fromstring(drawn).find(f".//{SVG}path[@class='dots']").get("d")
        assert dots.count("M") == len(row.samples.values)

    def test_what_is_faster_lies_further_left(self):
        drawn = ElementTree.fromstring(figures.of_rows(rows(batches=(1,)), (), WIDE)[0].svg())
        tips = [group.get("data-tip") for group in drawn.iter(f"{SVG}g") if group.get("data-tip")]
        assert [tip.split(":")[0] for tip in tips] == [
            *("openvino bf16", "openvino fp32", "onnxruntime fp32", "eager fp32", "published fp32")
        ]
        bars = [line for line in drawn.iter(f"{SVG}line") if line.get("class") == "bar"]
        lefts = [float(line.get("x1")) for line in bars]
        assert lefts == sorted(lefts)

    @pytest.mark.parametrize("width", [WIDE, NARROW])
    def test_nothing_is_drawn_outside(self, width):
        for _, found in columns.panels(a_run()):
            for figure in figures.of_rows(found, a_run().ceilings, width):
                root = ElementTree.fromstring(figure.svg())
                assert root.get("viewBox") == f"0 0 {figure.width} {figure.height}"
                for mark in root.iter(f"{SVG}circle"):
                    assert 0 <= float(mark.get("cx")) <= width, figure.name
                    assert 0 <= float(mark.get("cy")) <= figure.height, figure.name

    def test_the_roof_is_the_fastest_convolution(self):
        known = a_run().ceilings
        drawn = ElementTree.fromstring(figures.of_rows(rows(batches=(1,)), known, WIDE)[2].svg())
        tips = " ".join(group.get("data-tip", "") for group in drawn.iter(f"{SVG}g"))
        assert f"roof of bf16: {words.rate(known[1].rate.value, 'FLOP/s')} by openvino" in tips
        assert f"roof of fp32: {words.rate(known[0].rate.value, 'FLOP/s')} by torch" in tips

    def test_without_rows_there_are_none(self):
        assert figures.of_rows([], (), WIDE) == []
        assert figures.of_rows([absent("tensorrt", "cannot run", "no GPU")], (), WIDE) == []

    def test_one_slow_start_does_not_hide_the_others(self):
        slow = a_row("compiled", "fp32", 40.0)
        drawn = figures.of_rows([*rows(batches=(1,)), slow], (), WIDE)[-1]
        assert drawn.name == "cold-start"
        assert f"\N{RIGHTWARDS ARROW} {words.duration(slow.cold_start.total)}" in drawn.body


class TestPlots:
    def test_a_folder(self, tmp_path):
        written = plots.write(a_run(), tmp_path / "plots")
        assert "single-stream-512-x-512-roofline.svg" in {path.name for path in written}
        for path in written:
            content = path.read_text("utf-8")
            ElementTree.fromstring(content)
            assert "var(--" not in content
            assert "prefers-color-scheme:dark" in content

    def test_one_picture(self, tmp_path):
        pytest.importorskip("resvg_py")
        assert plots.write(a_run(), tmp_path / "all.png") == [tmp_path / "all.png"]
        with Image.open(tmp_path / "all.png") as picture:
            assert picture.width == 2 * (WIDE + 48)
            assert len(picture.convert("RGB").getcolors(2**20)) > 50
        plots.write(a_run(), tmp_path / "all.svg")
        assert ElementTree.parse(tmp_path / "all.svg").getroot().tag == f"{SVG}svg"

    @pytest.mark.parametrize(("name", "message"), [("x.gif", r"ends in \.svg or \.png"), ("x", "at least one row")])
    def test_what_cannot_be_plotted(self, tmp_path, name, message):
        measured = a_run() if "." in name else a_run(absent("tensorrt", "cannot run", "no GPU"))
        with pytest.raises(InputError, match=message):
            plots.write(measured, tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_a_png_without_its_library(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "resvg_py", None)
        with pytest.raises(InputError, match="pip install resvg-py"):
            plots.write(a_run(), tmp_path / "x.png")


class TestMarkdown:
    def test_tables_with_reasons(self, tmp_path):
        markdown.write(a_run(), tmp_path / "README.md")
        text = (tmp_path / "README.md").read_text("utf-8")
        best = a_run().rows[2]
        line = next(line for line in text.splitlines() if line.startswith("| openvino bf16 | 1 |"))
        assert f"| {words.milliseconds(best.median)} (" in line
        assert f"| {words.times(best.speedup.value)} (" in line
        assert "- tensorrt fp16 cuda: cannot run: needs a CUDA device: install a driver" in text
        assert "- compiled fp16: failed: wrong pixels" in text
        assert "- command: pts bench --duration 20" in text
        assert "held to cores 0-1, 3" in text
        for lines in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}) == 1, lines

    def test_a_single_batch_needs_no_column(self):
        assert "batch |" not in markdown.text(a_run(*rows(batches=(1,))))

    def test_warnings_come_first(self):
        noise = Noise(1.0, None, 0.5, 0.0, (), None, ("other processes had half of the processors' time",))
        text = markdown.text(a_run(noise=noise, complete=False))
        assert text.index("stopped early") < text.index("half of the processors") < text.index("openvino")

    def test_words_from_outside_are_no_markup(self):
        text = markdown.text(a_run(absent(HOSTILE, "failed", f"{HOSTILE}\n# heading\n[a](b)"), command=HOSTILE))
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
        measured = a_run()
        found = Checker(html.page(measured))
        told = " ".join(found.words)
        for expected in (
            "openvino bf16 paints 512",
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
        measured = a_run()
        page = html.page(measured)
        raw = re.search(r'<script type="application/json" id="run">(.*?)</script>', page, re.DOTALL)[1]
        (tmp_path / "run.json").write_text(raw, "utf-8")
        assert run.load(tmp_path / "run.json").rows[0].samples.values == pytest.approx(
            measured.rows[0].samples.values, rel=1e-5
        )

    def test_it_needs_nothing_from_outside(self):
        page = html.page(a_run())
        found = Checker(page)
        loading = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
        assert not [a for a in found.attributes if a[1] in loading]
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)
        policy = next(value for tag, name, value in found.attributes if tag == "meta" and "default-src" in value)
        assert policy.startswith("default-src 'none'")
        assert not [name for _, name, _ in found.attributes if name.startswith("on")]

    def test_noise_is_shown_first(self):
        noise = Noise(1.0, 3.2, 0.5, 0.0, (), 0.2, ("the clock fell by 20 %",))
        told = " ".join(Checker(html.page(a_run(noise=noise))).words)
        assert told.index("not quiet") < told.index("the clock fell by 20 %") < told.index("Latency")

    def test_words_from_outside_are_no_markup(self):
        row = a_row(HOSTILE, HOSTILE, model=HOSTILE, how=HOSTILE, version=HOSTILE)
        environment = dict.fromkeys(("cpu", "system", "python", "revision", "gpu"), HOSTILE)
        environment |= {"versions": {HOSTILE: HOSTILE}, "flags": {HOSTILE: HOSTILE}, "instructions": [HOSTILE]}
        noise = Noise(1.0, None, None, None, (), None, (HOSTILE,))
        chosen = (row, absent(HOSTILE, "failed", HOSTILE))
        found = Checker(html.page(a_run(*chosen, environment=environment, noise=noise, command=HOSTILE, date=HOSTILE)))
        assert "img" not in found.tags
        assert found.tags.count("script") == 2
        assert HOSTILE in "".join(found.words)

    @pytest.mark.parametrize(
        "chosen", [[absent("tensorrt", "cannot run", "no GPU")], served(), rows("offline"), rows()[:1]]
    )
    def test_runs_of_little(self, chosen):
        page = html.page(a_run(*chosen, ceilings=()))
        assert stdlib_html.escape(chosen[0].title) in page
        Checker(page)

    def test_no_rows_at_all(self):
        empty = a_run()
        assert "nothing ran" in html.page(run.Run(**{**vars(empty), "rows": ()}))

    def test_ways_that_are_not_known_are_drawn_in_gray(self):
        assert 'class="row c0"' in html.page(a_run(a_row("something-new", "int8")))


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.skipif(chromium() is None, reason="needs Chromium: apt-get install chromium")
class TestBrowser:
    @pytest.fixture
    def page(self, opened, tmp_path):
        html.write(a_run(absent(HOSTILE, "failed", HOSTILE), *a_run().rows), tmp_path / "page.html")
        opened.errors.clear()
        opened.requests.clear()
        opened.open(tmp_path / "page.html")
        yield opened
        assert opened.errors == []
        assert [address for address in opened.requests if not address.startswith(("file:", "blob:"))] == []

    def test_a_wide_window(self, page):
        assert page.run("document.querySelectorAll('figure .wide svg').length") > 5
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        shown = "[...document.querySelectorAll('section.panel')].filter(s => s.offsetHeight).length"
        assert page.run(shown) == 1  # the tabs hide the others
        page.run("document.querySelectorAll('.tabs button')[3].click()")
        assert page.run("document.querySelector('section.panel:not([hidden]) h2').textContent") == "Server, 512 x 512"

    def test_a_phone(self, opened, tmp_path):
        html.write(a_run(), tmp_path / "page.html")
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

    def test_sorting_by_a_column(self, page):
        numbers = """[...document.querySelectorAll('section.panel:not([hidden]) tbody tr')]
            .map(r => r.cells[2].dataset.value).map(v => v === undefined ? null : Number(v))"""
        click = "document.querySelectorAll('section.panel:not([hidden]) thead button')[2].click()"
        page.run(click)
        found = page.run(numbers)
        ran = [value for value in found if value is not None]
        assert ran == sorted(ran)
        assert found[len(ran) :] == [None] * 3  # what did not run stays at the end
        page.run(click)
        assert page.run(numbers)[: len(ran)] == sorted(ran, reverse=True)

    def test_every_sample_can_be_read(self, page):
        page.run("document.getElementById('samples').open = true")
        done = "document.getElementById('samples').dataset.full === 'yes'"
        for _ in range(100):
            if page.run(done):
                break
        text = page.run("document.querySelector('.samples').textContent")
        first = a_run().rows[0].samples.rounds[0]
        assert [float(number) for number in text.split(": ")[1].split()] == pytest.approx(
            [1e3 * s for s in first], rel=1e-4
        )

    def test_marks_tell_what_they_are(self, page):
        page.run("document.querySelector('.wide [data-tip]').focus()")
        assert page.run("document.getElementById('tip').textContent").startswith("openvino bf16: median")
        assert page.run("document.getElementById('tip').className") == "on"

    def test_the_policy_holds(self, page):
        """A script that somebody got into the page would not run; the browser says so."""
        page.run(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.bad = 1'}))"
        )
        assert page.run("window.bad === undefined")
        assert page.errors
        page.errors.clear()
