"""Pages whose code is run as written: what it prints is shown below it, and so are its pictures.

A page in Chinese has the same code, with `lang="zh"` wherever it prints; the pictures are those of the page in English.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from unittest.mock import patch

from autograd import Graph
from autograd.language import Language

from . import architecture, loops

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PAGES", "PICTURES", "ROOT", "content", "make", "recorded", "run", "shown"]

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
NAMES = (
    "looking",
    "learning",
    "derivatives",
    "jit",
    "networks",
    "parallel",
    "from-micrograd",
    "from-pytorch",
    "demos",
    "course",
    "hand-calculation",
    "gallery",
    "architecture",
)
PAGES: dict[str, Language] = {
    "README.md": "en",
    "README.zh-CN.md": "zh",
    **{f"docs/{page}{end}.md": lang for page in NAMES for end, lang in (("", "en"), (".zh-CN", "zh"))},
}
PHOTOGRAPHS: dict[Language, tuple[str, Literal["light", "dark"]]] = {
    "en": ("player.png", "light"),
    "zh": ("player.zh-CN.png", "dark"),
}
MOMENT = 11  # the step at which the player is photographed: near the end, where most is to be seen
DESCENTS = 12  # the steps of gradient descent before

NOISE = 32  # of 255, a difference of shade that does not count
BLOCK = re.compile(r"```(python|sh)\n(.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
PICTURE = re.compile(r"!\[[^]]*\]\((?:docs/)?pictures/([^)]+)\)")
DIGEST = re.compile(r"<!-- content (\w+) -->\s*$")
DEMO = "python -m demos "


def make(pages: bool = True, pictures: bool = True) -> None:
    """Run all pages, and write them and those of their pictures whose content changed."""
    PICTURES.mkdir(exist_ok=True)
    for name, lang in PAGES.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            text = run(name, folder)
            if pages:
                (ROOT / name).write_text(text, encoding="utf-8")
            if not pictures:
                continue
            photograph, scheme = PHOTOGRAPHS[lang]
            for page in folder.rglob("player.html"):
                _photograph(page, PICTURES / photograph, scheme)
            for picture in folder.rglob("*.svg") if lang == "en" else ():
                if picture.name in shown(text):
                    _keep(picture)
    if pictures:
        with tempfile.TemporaryDirectory() as place:
            _keep(architecture.draw(Path(place)))
            _keep(loops.draw(Path(place)))


def shown(page: str) -> set[str]:
    """The names of the pictures that a page shows."""
    return set(PICTURE.findall(page))


def content(picture: Path) -> str:
    """A digest of a picture that was just drawn: of its DOT source, or of itself if it has none.

    Graphviz's layout depends on its version and on the fonts of a machine; the source does not.
    """
    source = picture.with_suffix(".dot")
    return hashlib.sha256((source if source.exists() else picture).read_bytes()).hexdigest()[:16]


def recorded(picture: Path) -> str:
    """The digest that a picture of the documentation was written with; "" if there is none."""
    found = DIGEST.search(picture.read_text(encoding="utf-8")) if picture.exists() else None
    return found[1] if found else ""


def _keep(picture: Path) -> None:
    """Copy a picture to the documentation with its digest as a comment, if its content changed."""
    if content(picture) == recorded(PICTURES / picture.name):
        return
    text = picture.read_text(encoding="utf-8").rstrip()
    (PICTURES / picture.name).write_text(f"{text}\n<!-- content {content(picture)} -->\n", encoding="utf-8")


def _save_with_source(graph: Graph, path: str | Path, save: Any = Graph.save, **options: Any) -> Path:
    saved: Path = save(graph, path, **options)
    saved.with_suffix(".dot").write_text(graph.dot, encoding="utf-8")
    return saved


def run(name: str, folder: Path) -> str:
    """Run the code of a page in a folder, where its pictures then are; return the page with what the code prints.

    Demos are run as well, for their pictures, so on the pages in English alone; other commands are not.
    """
    (folder / "pictures").mkdir()
    namespace: dict[str, Any] = {"__name__": "__main__"}

    def done(block: re.Match[str]) -> str:
        language, code = block.groups()
        printed = ""
        if language == "python":
            printed = _run_python(code, namespace)
        elif PAGES[name] == "en" and code.startswith(DEMO):
            _run_demos(code)
        return f"```{language}\n{code}```\n" + (f"\n```text\n{printed}```\n" if printed else "")

    with chdir(folder), patch.object(Graph, "save", _save_with_source):
        return BLOCK.sub(done, (ROOT / name).read_text(encoding="utf-8"))


def _run_python(code: str, namespace: dict[str, Any]) -> str:
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "example", "exec"), namespace)
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


def _run_demos(commands: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}  # in English, whatever the locale
    for command in commands.splitlines():
        arguments = command.removeprefix("python ").split()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)


def _photograph(page: Path, picture: Path, scheme: Literal["light", "dark"]) -> None:
    """Take a picture of the player in Chromium if the page is another one than in the picture that there is.

    The picture stays as it is if there is no Chromium.
    """
    if picture.exists() and f"content\0{content(page)}".encode() in picture.read_bytes():
        return
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from PIL import Image, PngImagePlugin
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print(f"{picture.name} stays as it is: a new one takes Chromium, Playwright and Pillow")
        return
    if not _has_chinese_font():  # the page in English has a button in Chinese
        print(f"{picture.name} stays as it is: a new one takes a Chinese font")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1180, "height": 590}, color_scheme=scheme, reduced_motion="reduce")
        window.goto(page.as_uri())
        window.click("#laboratory-toggle")
        for _ in range(DESCENTS):
            window.click("#descend")
        window.fill("#slider", str(MOMENT))
        window.evaluate("document.activeElement.blur()")
        taken = Image.open(io.BytesIO(window.screenshot(animations="disabled")))
        browser.close()
    note = PngImagePlugin.PngInfo()
    note.add_text("content", content(page))
    if not picture.exists() or _differ(Image.open(picture).convert("RGB"), taken.convert("RGB")):
        taken.convert("RGB").quantize(256).save(picture, optimize=True, pnginfo=note)  # a third of the size


def _has_chinese_font() -> bool:
    command = shutil.which("fc-list")
    return command is None or bool(subprocess.run([command, ":lang=zh"], capture_output=True, check=True).stdout)


def _differ(before: Image.Image, now: Image.Image) -> bool:
    """Return whether a difference is visible: Chromium does not draw every line twice in the same shade."""
    from PIL import ImageChops

    return before.size != now.size or any(ImageChops.difference(before, now).convert("L").histogram()[NOISE:])
