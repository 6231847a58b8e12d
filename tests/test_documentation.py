"""What the documentation shows is what happens: the examples of README and of every docstring run as written."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

import autograd

ROOT = Path(__file__).parent.parent
MODULES = ["autograd", *(m.name for m in pkgutil.walk_packages(autograd.__path__, "autograd."))]
READMES = ["README.md", "README.zh-CN.md"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_a_modules_docstrings_run_as_shown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testmod(importlib.import_module(name), verbose=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_the_public_functions_have_docstrings():
    for name in autograd.__all__:
        assert getattr(getattr(autograd, name), "__doc__", ""), name


@pytest.mark.parametrize("name", READMES)
def test_the_examples_in_readme_run_as_shown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = list(Document.parse(str(ROOT / name), PythonCodeBlockParser()).examples())
    assert examples
    for example in examples:
        example.evaluate()


def test_both_readmes_have_the_same_structure_code_and_pictures():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)

    def code(text):
        return [re.sub(r" *#.*", "", block) for block in re.findall(r"```.*?```", text, re.DOTALL)]

    def headings(text):
        return [len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)]

    def tables(text):
        return [line.count("|") for line in text.splitlines() if line.startswith("|")]

    def numbers(text):
        return re.findall(r"\d+\.\d{3,}(?:e-\d+)?", text)

    pictures = r"!\[.*?\]\((.*?)\)"
    assert code(english) == code(chinese)
    assert headings(english) == headings(chinese)
    assert tables(english) == tables(chinese)
    assert numbers(english) == numbers(chinese)
    assert re.findall(pictures, english) == re.findall(pictures, chinese)
