"""README and the gallery: their code is run as it stands, what it prints goes below it, and so do its pictures.

A page in Chinese has the same code, run where Chinese is spoken; the pictures are those of the page in English.
"""

from __future__ import annotations

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

from autograd.language import Language, speaking

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PAGES", "PICTURES", "ROOT", "make", "pictures", "run"]

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
PAGES: dict[str, Language] = {
    "README.md": "en",
    "README.zh-CN.md": "zh",
    "docs/gallery.md": "en",
    "docs/gallery.zh-CN.md": "zh",
}
PHOTOGRAPHS: dict[Language, tuple[str, Literal["light", "dark"]]] = {
    "en": ("player.png", "light"),
    "zh": ("player.zh-CN.png", "dark"),
}
MOMENT = 8  # the step at which the player is photographed: going backward, where most is to be seen
NOISE = 32  # of 255, a difference of shade that does not count

BLOCK = re.compile(r"```(python|sh)\n(.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
PICTURE = re.compile(r"!\[[^]]*\]\((?:docs/)?pictures/([^)]+)\)")
DEMO = "python -m demos "


def make() -> None:
    """Run all pages, and write them and their pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    for name, lang in PAGES.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            text = run(name, folder)
            (ROOT / name).write_text(text, encoding="utf-8")
            photograph, scheme = PHOTOGRAPHS[lang]
            for page in folder.rglob("player.html"):
                _photograph(page, PICTURES / photograph, scheme)
            for picture in folder.rglob("*.svg") if lang == "en" else ():
                if picture.name in pictures(text):
                    shutil.copyfile(picture, PICTURES / picture.name)


def pictures(page: str) -> set[str]:
    """The names of the pictures that a page shows."""
    return set(PICTURE.findall(page))


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

    with chdir(folder), speaking(PAGES[name]):
        return BLOCK.sub(done, (ROOT / name).read_text(encoding="utf-8"))


def _run_python(code: str, namespace: dict[str, Any]) -> str:
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "example", "exec"), namespace)
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


def _run_demos(commands: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in commands.splitlines():
        arguments = command.removeprefix("python ").split()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)


def _photograph(page: Path, picture: Path, scheme: Literal["light", "dark"]) -> None:
    """Take a picture of the player in Chromium, if there is one; else the picture stays as it is."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from PIL import Image
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print(f"{picture.name} stays as it is: a new one takes Chromium, Playwright and Pillow")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 880, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
        window.goto(page.as_uri())
        for _ in range(MOMENT):
            window.keyboard.press("ArrowRight")
        below = window.locator("details").first.bounding_box()
        assert below is not None, "the player has a list of all steps, and ends there in the picture"
        shown = Image.open(io.BytesIO(window.screenshot(animations="disabled"))).crop(
            (0, 0, 880, round(below["y"]) - 8)
        )
        browser.close()
    if not picture.exists() or _differ(Image.open(picture).convert("RGB"), shown.convert("RGB")):
        shown.convert("RGB").quantize(256).save(picture, optimize=True)  # a third of the size, and nobody sees it


def _differ(before: Image.Image, now: Image.Image) -> bool:
    """Whether one sees a difference: Chromium does not draw every line twice in the same shade."""
    from PIL import ImageChops

    return before.size != now.size or any(ImageChops.difference(before, now).convert("L").histogram()[NOISE:])
