"""docs/conventions.md states what happens: every example on it runs as shown."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

PAGE = Path(__file__).parent.parent / "docs" / "conventions.md"


def test_every_example_on_the_page_runs_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parser = PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)
    examples = list(Document.parse(str(PAGE), parser).examples())
    assert examples
    for example in examples:
        example.evaluate()
