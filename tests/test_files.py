"""Paths of files that are written."""

from pathlib import Path

import pytest

import autograd
from autograd import nn
from autograd.files import writable


def test_a_path_with_a_known_suffix_in_a_folder_that_exists_is_taken(tmp_path):
    assert writable(tmp_path / "a.SVG", ".svg", ".png") == tmp_path / "a.SVG"


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert writable("~/a.svg", ".svg") == tmp_path / "a.svg"


def test_a_folder_that_does_not_exist_is_named_before_anything_is_written(tmp_path):
    for write in (lambda path: writable(path, ".json"), lambda path: autograd.save(nn.Linear(1, 1), path)):
        with pytest.raises(FileNotFoundError, match="the folder .*nowhere' does not exist: make it"):
            write(tmp_path / "nowhere" / "a.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["a", "a.gif", ".svg"])
def test_another_suffix_is_refused_with_those_that_are_known(path):
    with pytest.raises(ValueError, match=r"ends in \.svg or \.png, but got"):
        writable(Path(path), ".svg", ".png")
