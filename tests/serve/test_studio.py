"""The studio in a real browser: Debian's Chromium through Playwright.

PTS_SCREENSHOTS=docs/images writes the pictures of the documentation.
"""

import io
import json
import os
import re
import zipfile
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import httpx2 as httpx
import pytest
from PIL import Image

from paintstorch_sdk.examples import FOLDER
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.serve.routes.studio import PAGE
from support.browser import chromium
from support.serving import Server

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra [dev]")

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs Chromium")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SYLVIE = (456, 700)
STROKES = (  # of Sylvie, as an artist would draw them
    ("#8a5a44", (180, 20), (235, 30), (262, 80)),
    ("#f6c9a8", (165, 130), (200, 135)),
    ("#f6c9a8", (90, 330), (78, 368)),
    ("#f6c9a8", (230, 330), (236, 380)),
    ("#6fa8dc", (262, 262), (292, 240)),
    ("#6fa8dc", (130, 480), (120, 600)),
    ("#6fa8dc", (220, 560), (240, 640)),
    ("#6fa8dc", (330, 560), (380, 620)),
    ("#6fa8dc", (365, 500), (385, 520)),
    ("#6fa8dc", (226, 262), (228, 282)),
    ("#6fa8dc", (122, 242), (134, 230)),
    ("#f7efe5", (190, 290), (200, 320)),
    ("#c8433f", (205, 470), (200, 510)),
    ("#c8433f", (260, 470), (262, 500)),
    ("#c8433f", (181, 212), (180, 222)),
    ("#8a5a44", (145, 135), (146, 200)),
    ("#8a5a44", (252, 165), (256, 205)),
    ("#8a5a44", (172, 172), (172, 192)),
    ("#6fa8dc", (303, 508), (322, 540)),
)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("data")) as server:
        yield server


@contextmanager
def page(browser, server, at="/", *, expected=(), width=1360, height=860, **options):
    """A page of the studio; at its end no script has failed, and no request has left the origin."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    faults, requests = [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda asked: requests.append(asked.url))
    page.on("websocket", lambda link: requests.append(link.url.replace("ws:", "http:")))
    page.goto(server.address + at)
    page.wait_for_selector("html[data-ready]", state="attached")
    try:
        yield page
    except BaseException as error:
        error.add_note(f"on the page: {faults}; {page.evaluate(STATE)}")
        raise
    finally:
        context.close()
    assert [fault for fault in faults if not any(word in fault for word in expected)] == []
    assert [url for url in requests if not url.startswith((server.address, "blob:", "data:"))] == []


STATE = """JSON.stringify([document.documentElement.dataset, document.body.dataset,
document.getElementById('saved').dataset])"""


def open_example(page, name="sylvie"):
    """Open an example, and wait for its first picture."""
    page.click(f"[data-example={name}]")
    page.wait_for_selector("html[data-kind=full]", state="attached")


def place(page, x, y, size=SYLVIE, canvas="canvas-b"):
    """Where a place of the line art is on a page that shows all of it."""
    script = """([id, x, y, w, h]) => {
        const box = document.getElementById(id).getBoundingClientRect();
        const scale = Math.min((box.width - 40) / w, (box.height - 116) / h, 4);
        const left = (box.width - w * scale) / 2, top = (box.height - 36 - h * scale) / 2;
        return [box.left + left + x * scale, box.top + top + y * scale];
    }"""
    return page.evaluate(script, [canvas, x, y, *size])


def version(page):
    return int(page.get_attribute("html", "data-painted") or 0)


@contextmanager
def painted(page):
    """What is done inside leads to a new full picture, for which this waits."""
    before = version(page)
    yield
    page.wait_for_function(
        "v => document.documentElement.dataset.kind === 'full' && +document.documentElement.dataset.painted > v",
        arg=before,
    )


def choose(page, color):
    page.fill("#hex", color)
    page.press("#hex", "Enter")


def draw(page, color, *points, canvas="canvas-b"):
    """Draw a stroke by mouse, and wait for its picture."""
    choose(page, color)
    with painted(page):
        page.mouse.move(*place(page, *points[0], canvas=canvas))
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*place(page, *point, canvas=canvas), steps=5)
        page.mouse.up()


def count(page):
    return int(page.inner_text("#stroke-count"))


def shown(page, canvas="#canvas-b"):
    """What a canvas shows, without what lies over it."""
    script = "id => document.querySelector(id).toDataURL('image/png').split(',')[1]"
    import base64

    return Image.open(io.BytesIO(base64.b64decode(page.evaluate(script, canvas)))).convert("RGB")


def saved(page, kind):
    """A file that the page saves: its name and content."""
    page.click("#save")
    with page.expect_download() as download:
        page.click(f"[data-save={kind}]")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def identity(page):
    return page.evaluate("location.hash.split('/').pop()")


def test_an_example_is_colored_saved_and_there_again_after_a_reload(browser, server):
    with page(browser, server) as p:
        open_example(p)
        plain = shown(p)
        for color, *points in STROKES[:3]:
            draw(p, color, *points)
        assert count(p) == 3
        colored = shown(p)
        assert colored.tobytes() != plain.tobytes()

        with painted(p):
            p.click("#undo")
        assert count(p) == 2
        with painted(p):
            p.click("#redo")
        assert count(p) == 3

        zoomed = p.inner_text("#zoom-value")
        p.mouse.move(*place(p, 200, 200))
        p.mouse.wheel(0, -400)
        p.wait_for_function("old => document.getElementById('zoom-value').textContent !== old", arg=zoomed)
        p.click("#fit")
        p.wait_for_function("old => document.getElementById('zoom-value').textContent === old", arg=zoomed)

        name, picture = saved(p, "png")
        assert (name, Image.open(io.BytesIO(picture)).size) == ("Sylvie.colored.png", SYLVIE)
        name, layers = saved(p, "ora")
        assert name == "Sylvie.colored.ora"
        assert "data/lines.png" in zipfile.ZipFile(io.BytesIO(layers)).namelist()
        name, layers = saved(p, "psd")
        assert (name, layers[:4]) == ("Sylvie.colored.psd", b"8BPS")
        name, hints = saved(p, "hints-json")
        assert name == "Sylvie.hints.json"
        assert len(json.loads(hints)["strokes"]) == 3
        assert saved(p, "hints-png")[0] == "Sylvie.hints.png"

        p.reload()
        p.wait_for_selector("html[data-kind=full]", state="attached")
        assert count(p) == 3
        with painted(p):
            p.keyboard.press("Control+z")  # what was done before the reload can still be undone
        assert count(p) == 2
        p.click("#home")
        p.wait_for_selector("#recent-list .card")


WHITE = """() => document.getElementById('canvas-b').getContext('2d').getImageData(0, 0, 600, 700).data
.some((value, index) => index % 4 === 0 && value > 250)"""


def test_shade_and_clean_paper_are_switches(browser, server, tmp_path):
    drawn = Image.fromarray(load_line_art(FOLDER / "sylvie.png")).resize((228, 350))
    drawn.point(lambda level: level * 0.7).save(tmp_path / "gray.png")
    with page(browser, server, expected=("willReadFrequently",)) as p:
        p.set_input_files("#file", tmp_path / "gray.png")
        p.wait_for_selector("html[data-kind=full]", state="attached")
        draw(p, "#c8433f", (130, 480), (120, 600))
        shaded = shown(p)
        with painted(p):
            p.click("#layer-shade")
        assert shown(p).tobytes() != shaded.tobytes()
        assert not p.evaluate(WHITE)
        p.click("#look-clean")
        p.wait_for_function(WHITE)


def test_fill_eraser_and_eyedropper(browser, server):
    with page(browser, server) as p:
        open_example(p)
        choose(p, "#3d8b8b")
        p.keyboard.press("g")
        with painted(p):
            p.mouse.click(*place(p, 130, 520))
        assert count(p) == 1
        p.keyboard.press("i")
        choose(p, "#000000")
        p.locator("#hex").blur()
        p.mouse.click(*place(p, 130, 560))  # of the picture: the skirt has the color now
        picked = p.input_value("#hex")
        red, green, blue = (int(picked[at : at + 2], 16) for at in (1, 3, 5))
        assert abs(red - 0x3D) + abs(green - 0x8B) + abs(blue - 0x8B) < 60, picked
        p.keyboard.press("b")
        draw(p, "#c8433f", (100, 440), (300, 440))
        p.locator("#hex").blur()
        p.keyboard.press("e")
        with painted(p):
            p.mouse.move(*place(p, 200, 400))
            p.mouse.down()
            p.mouse.move(*place(p, 200, 480), steps=4)
            p.mouse.up()
        assert count(p) == 3  # cut in two
        with painted(p):
            p.keyboard.press("Control+z")
        assert count(p) == 2


def test_a_click_on_a_line_fills_nothing_and_says_so(browser, server):
    with page(browser, server) as p:
        open_example(p, "harbour")
        p.keyboard.press("g")
        p.mouse.click(*place(p, 400, 621, size=(1680, 1120)))
        p.wait_for_selector(".toast")
        assert count(p) == 0


def test_a_drawing_is_made_by_keyboard_alone(browser, server):
    with page(browser, server) as p:
        p.focus("[data-example=friends]")
        p.keyboard.press("Enter")
        p.wait_for_selector("html[data-kind=full]", state="attached")
        p.focus("#canvas-b")
        p.keyboard.press("3")
        for _ in range(4):
            p.keyboard.press("Shift+ArrowLeft")
        with painted(p):
            p.keyboard.press("Enter")
        assert count(p) == 1
        p.click("#strokes .pick")
        p.focus("#canvas-b")
        with painted(p):
            p.keyboard.press("Delete")
        assert count(p) == 0
        p.keyboard.press("?")
        p.wait_for_selector("#help-sheet[open]")
        p.keyboard.press("Escape")
        p.wait_for_selector("#help-sheet", state="hidden")


def test_files_are_dropped_in_and_hints_imported(browser, server, tmp_path):
    hints = tmp_path / "colors.json"
    hints.write_text((FOLDER / "friends.hints.json").read_text())
    palette = tmp_path / "mine.gpl"
    palette.write_text("GIMP Palette\n#\n255 0 0\tred\n0 128 0\tgreen\n")
    with page(browser, server) as p:
        p.set_input_files("#file", FOLDER / "friends.png")
        p.wait_for_selector("html[data-kind=full]", state="attached")
        assert p.input_value("#name") == "friends"
        with painted(p):
            p.set_input_files("#file", hints)
        assert count(p) > 5
        p.set_input_files("#palette-file", palette)
        p.wait_for_function("() => document.querySelectorAll('.swatch').length === 2")
        p.click("#home")
        p.set_input_files("#file", FOLDER / "sylvie.png")
        p.wait_for_selector("html[data-kind=full]", state="attached")
        with painted(p):
            p.set_input_files("#file", FOLDER / "sylvie.hints.png")
        assert count(p) == 0
        assert "data-t" not in p.inner_text("#layers")
        p.wait_for_selector("#layers button")
        with painted(p):
            p.click("#layers button")


def test_what_is_no_picture_is_said(browser, server, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with page(browser, server, expected=("422",)) as p:
        p.set_input_files("#file", broken)
        p.wait_for_selector(".toast.bad")


def test_two_fingers_zoom_and_one_draws(browser, server):
    with page(browser, server, width=390, height=844, has_touch=True, is_mobile=True) as p:
        open_example(p)
        assert p.get_attribute("body", "data-view") == "single"
        link = p.context.new_cdp_session(p)

        def touch(kind, *points):
            spots = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            link.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

        before = p.evaluate("document.getElementById('zoom-value').textContent")
        touch("touchStart", (150, 300), (230, 400))
        for k in range(1, 6):
            touch("touchMove", (150 - 8 * k, 300 - 8 * k), (230 + 8 * k, 400 + 8 * k))
        touch("touchEnd")
        assert p.evaluate("document.getElementById('zoom-value').textContent") != before
        assert count_of(p) == 0
        with painted(p):
            touch("touchStart", (190, 330))
            touch("touchMove", (200, 345))
            touch("touchMove", (210, 350))
            touch("touchEnd")
        assert count_of(p) == 1


def count_of(page):
    """As `count`, where the panel is folded away."""
    return int(page.evaluate("document.getElementById('stroke-count').textContent"))


def test_what_is_drawn_while_the_server_is_away_is_there_when_it_is_back(browser, tmp_path):
    first = Server(tmp_path / "data")
    port = first.address.rsplit(":", 1)[1]
    refused = ("WebSocket", "ERR_CONNECTION")
    with page(browser, first, expected=refused) as p:
        open_example(p)
        draw(p, *STROKES[0])
        first.kill()
        p.wait_for_selector("#saved[data-state=offline]")
        choose(p, "#4f5fb8")
        p.mouse.move(*place(p, 130, 480))
        p.mouse.down()
        p.mouse.move(*place(p, 120, 600), steps=4)
        p.mouse.up()
        assert count(p) == 2
        with Server(tmp_path / "data", "--port", port) as second:
            p.wait_for_selector("#saved[data-state=saved]")
            assert httpx.get(f"{second.address}/v1/drawings/{identity(p)}").json()["strokes"] == 2
            p.wait_for_function("() => +document.documentElement.dataset.painted >= 3")
            second.stop()


def test_with_a_token_the_address_opens_the_studio(browser, tmp_path):
    token = "a-token-of-this-test"
    with (
        Server(tmp_path / "data", variables={"PAINTSTORCH_TOKEN": token}) as server,
        page(browser, server, f"/#token={token}") as p,
    ):
        assert token not in p.url
        open_example(p)
        draw(p, *STROKES[0])


def test_every_text_is_in_every_language():
    texts = {}
    for path in sorted((PAGE / "locales").glob("*.js")):
        texts[path.stem] = dict(re.findall(r'^  (\w+): "(.*)",$', path.read_text("utf-8"), re.MULTILINE))
    assert set(texts) == {"en", "fr", "ja"}
    for name, entries in texts.items():
        assert entries.keys() == texts["en"].keys(), name
        for key, text in entries.items():
            assert re.findall(r"\{\w+\}", text).sort() == re.findall(r"\{\w+\}", texts["en"][key]).sort(), (name, key)
    page = (PAGE / "index.html").read_text("utf-8")
    used = set(re.findall(r'data-(?:t|tip|label)="(\w+)"', page))
    assert used <= texts["en"].keys()


@pytest.mark.parametrize("language", ["en", "ja", "fr"])
def test_the_page_speaks_the_browsers_language(browser, server, language):
    with page(browser, server, locale=language) as p:
        assert p.get_attribute("html", "lang") == language
        assert p.evaluate("[...document.querySelectorAll('button')].every(b => b.textContent.trim() || b.ariaLabel)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, server, scheme):
    source = _axe()
    with page(browser, server, color_scheme=scheme, reduced_motion="reduce") as p:
        faults = {"start": _serious(p, source)}
        open_example(p)
        draw(p, *STROKES[0])
        for view in ("side", "split", "single"):
            p.click(f"#views [data-view={view}]")
            faults[view] = _serious(p, source)
        p.click("#settings")
        faults["settings"] = _serious(p, source)
        p.keyboard.press("Escape")
        p.click("#help")
        faults["help"] = _serious(p, source)
    assert {name: found for name, found in faults.items() if found} == {}


def _axe():
    """axe-core, of a package for tests; the page's policy lets in nothing from elsewhere."""
    try:
        return (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    except ModuleNotFoundError:
        pytest.skip("needs axe-playwright-python, of the extra [dev]")


def _serious(page, source):
    page.evaluate(source)
    found = page.evaluate("axe.run(document)")["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("desktop", (1440, 900), {}),
        ("tablet", (1024, 768), {"has_touch": True, "color_scheme": "dark"}),
        ("phone", (390, 844), {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}),
    ],
)
def test_pictures_of_the_studio(browser, server, tmp_path, name, size, options):
    target = os.environ.get("PTS_SCREENSHOTS")
    strokes = STROKES if target else STROKES[:2]
    with page(browser, server, width=size[0], height=size[1], **options) as p:
        open_example(p)
        for color, *points in strokes:
            p.evaluate(CHOOSE, color)  # the field is folded away on a phone
            with painted(p):
                p.mouse.move(*place(p, *points[0]))
                p.mouse.down()
                for point in points[1:]:
                    p.mouse.move(*place(p, *point), steps=5)
                p.mouse.up()
        p.mouse.move(size[0] / 2, 4)
        p.evaluate("document.getElementById('speed').textContent = ''")  # of this machine on that day
        picture = Image.open(io.BytesIO(p.screenshot())).convert("RGB")
        assert p.evaluate("document.documentElement.scrollWidth <= innerWidth")
        hidden = p.evaluate(
            "[...document.querySelectorAll('.bar button, .rail button')].filter(b => b.checkVisibility()).filter(b => {"
            " const r = b.getBoundingClientRect(); return r.right > innerWidth + 1 || r.left < -1 }).length"
        )
        assert hidden == 0
    if target:
        picture.save(Path(target) / f"studio-{name}.webp", quality=86, method=6)


CHOOSE = """color => { const field = document.getElementById('hex'); field.value = color;
field.dispatchEvent(new Event('change')); }"""
