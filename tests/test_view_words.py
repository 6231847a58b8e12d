"""The sentences of views: every language says the same."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from autograd.language import LANGUAGES, speaking
from autograd.view import words as package
from autograd.view.words import sentences

VIEW = Path(package.__file__).parent.parent
ENGLISH = import_module("autograd.view.words.en").WORDS


def places(sentence):
    """The placeholders of a sentence, each with what is done to its value; {s}, an English plural, does not count."""
    found = [(field, spec, conversion) for _, field, spec, conversion in Formatter().parse(sentence)]
    return Counter(place for place in found if place[0] is not None and place[0] != "s")


def test_each_language_is_a_file_and_each_file_a_language():
    assert {file.stem for file in Path(package.__file__).parent.glob("*.py")} - {"__init__"} == set(LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_has_every_sentence_with_the_same_placeholders(lang):
    found = import_module(f"autograd.view.words.{lang}").WORDS
    assert list(found) == list(ENGLISH)
    for section, english in ENGLISH.items():
        assert set(found[section]) == set(english), section
        for key, sentence in english.items():
            here, there = places(found[section][key]), places(sentence)
            assert here.keys() == there.keys() and here["", "", None] == there["", "", None], (section, key)


def test_the_language_that_is_spoken_is_used_if_none_is_named():
    with speaking("zh"):
        assert sentences("draw") == sentences("draw", "zh") != sentences("draw", "en") == ENGLISH["draw"]


def test_no_sentence_is_written_elsewhere_in_two_languages():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for file in VIEW.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstrings = {
            node.body[0].value
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree) if file.parent.name != "words" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                assert not chinese.search(node.value), (file.name, node.value)
