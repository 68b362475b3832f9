"""What the README tells people to type is typed here (make and pip lines are what CI itself runs)."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from paintstorch_sdk.examples import FOLDER

README = Path(__file__).parent.parent.parent / "README.md"
COLOR = README.parent / "docs" / "color.md"
MAIN = "from paintstorch_sdk.cli import main; raise SystemExit(main())"


def blocks(language, page=README):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


COMMANDS = [
    command.split("#  ")[0].split("  #")[0].strip()
    for block in blocks("sh")
    for command in block.splitlines()
    if command.startswith("pts ")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with examples/ in it, shared by the commands: some read what an earlier one wrote."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "examples").symlink_to(FOLDER, target_is_directory=True)
    return folder


def run(folder, *arguments):
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)


PAGES = sorted(page for where in (".", "docs", "examples") for page in (README.parent / where).glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    places = {link.split("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)}
    assert not [place for place in places if not (page.parent / place).exists()]


def test_there_are_commands():
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("command", COMMANDS)
def test_command(folder, command):
    done = run(folder, "-c", MAIN, *shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip(), done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python(folder, number):
    done = run(folder, "-W", "error", "-c", blocks("python")[number])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", range(len(blocks("python", COLOR))))
def test_python_of_the_page_on_color(folder, number):
    done = run(folder, "-W", "error", "-c", blocks("python", COLOR)[number])
    assert done.returncode == 0, done.stderr
