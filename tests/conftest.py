"""Pages of the player, and a browser to open them in."""

import os
import shutil
from pathlib import Path

import pytest
from test_view_steps import odd_even

from autograd.core import FASTER, is_pure_wanted, native
from autograd.view import play

os.environ["COLUMNS"] = "88"  # examples print the same lines at every terminal

os.environ["LC_ALL"] = "C.UTF-8"  # the command line speaks English, wherever the tests run


def pytest_terminal_summary(terminalreporter):
    """Say which core was tested."""
    pure = "The pure Python core was tested." if is_pure_wanted() else FASTER[0]
    terminalreporter.write_line("The compiled core was tested." if native else pure)


@pytest.fixture
def page(tmp_path):
    """Writes a page and returns it."""

    def written(output=None, **options):
        return play(odd_even() if output is None else output, tmp_path / "backprop.html", **options)

    return written


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium is on PATH")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Opens a page offline; at the end there must have been no error, no dialog and no breach of the policy."""
    contexts, complaints = [], []

    def opened(path, width=1280, height=860, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective))"
        )
        tab.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: complaints.append(request.url) if request.url[:5] != "file:" else None)
        tab.goto(Path(path).as_uri())
        tab.complaints = complaints
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
