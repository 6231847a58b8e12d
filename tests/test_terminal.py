"""Text for a terminal: as wide as the terminal."""

import io
import os
import sys

import pytest

from autograd.view.terminal import columns


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def unset(monkeypatch):
    monkeypatch.delenv("COLUMNS")
    return monkeypatch


def test_text_that_goes_to_no_terminal_has_the_same_width_everywhere(unset):
    unset.setattr(sys, "stdout", io.StringIO())
    unset.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((60, 24)))
    assert columns() == 88
    unset.setattr(sys, "stdout", None)  # as under pythonw
    assert columns() == 88


def test_a_terminal_says_how_wide_it_is_and_COLUMNS_has_the_last_word(unset):
    unset.setattr(sys, "stdout", Screen())
    unset.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((60, 24)))
    unset.setattr(os, "name", "posix")
    assert columns() == 60
    unset.setenv("COLUMNS", "120")
    assert columns() == 120
    unset.setenv("COLUMNS", "wide")
    assert columns() == 60


def test_a_terminal_without_a_size_has_the_usual_width_and_a_tiny_one_a_least(unset):
    unset.setattr(sys, "stdout", Screen())
    unset.setattr(os, "name", "posix")
    unset.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((0, 0)))
    assert columns() == 88
    unset.setenv("COLUMNS", "3")
    assert columns() == 20


def test_a_console_of_windows_keeps_its_last_column_free(unset):
    unset.setattr(os, "name", "nt")
    unset.setenv("COLUMNS", "80")
    assert columns() == 79
