"""Which language explanations speak."""

import importlib
import subprocess
import sys
import threading
import types

import pytest

from autograd import GradientMonitor, Value, diagnose, draw, explain, nn, play, why
from autograd import __main__ as command_line
from autograd.hints import help_text
from autograd.language import LANGUAGES, chosen, from_locale, say, speaking
from autograd.view.words import en


def test_english_is_spoken_unless_another_language_is_asked_for():
    assert (chosen(None), say("loss", "损失")) == ("en", "loss")
    with speaking("zh"):
        assert (chosen(None), say("loss", "损失")) == ("zh", "损失")
        with speaking("en"):
            assert say("loss", "损失") == "loss"
        assert say("loss", "损失") == "损失"
    assert say("loss", "损失") == "loss"


def test_a_language_that_is_given_counts_more_than_the_one_spoken():
    x = Value(3.0, "x")
    with speaking("zh"):
        assert str(explain(x * x)).startswith("已知") and "正常" in str(why(x * x, x))
        assert str(explain(x * x, lang="en")).startswith("Given")


def test_a_language_ends_with_its_block_even_by_an_error():
    with pytest.raises(ZeroDivisionError), speaking("zh"):
        _ = 1 / 0
    assert chosen(None) == "en"


def test_another_thread_speaks_its_own_language():
    heard = []
    with speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(chosen(None)))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_importing_the_package_is_enough_to_choose_a_language():
    code = "import autograd\nwith autograd.language.speaking('zh'): print(autograd.language.chosen(None))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "zh"


def test_an_unknown_language_is_refused_with_those_that_are_known():
    for ask in (chosen, lambda lang: speaking(lang).__enter__()):
        with pytest.raises(ValueError, match="'en', 'zh', but got 'fr'"):
            ask("fr")
    assert LANGUAGES == ("en", "zh")


def test_a_third_language_is_one_file_of_sentences_and_the_rest_is_english(monkeypatch, tmp_path, capsys):
    german = types.ModuleType("autograd.view.words.de")
    german.WORDS = {section: {key: text for key, text in words.items()} for section, words in en.WORDS.items()}
    german.WORDS["explain"]["given"] = "Gegeben"
    monkeypatch.setitem(sys.modules, german.__name__, german)
    for module in ("autograd.language", "autograd.__main__", "autograd.view.player.page"):
        monkeypatch.setattr(importlib.import_module(module), "LANGUAGES", (*LANGUAGES, "de"))
    x, w = Value(-5.0, "x"), Value(1.0, "w")
    y = ((w * x).relu() - 1) ** 2
    model = nn.MLP(1, [1], seed=0)
    loss = model([1.0]) ** 2
    assert str(explain(y, w, lang="de")).startswith("Gegeben")
    for shown in (why(y, w, lang="de"), diagnose(model, loss, lang="de"), GradientMonitor(model, lang="de")):
        assert "dead" in str(shown) or "layers.0" in str(shown)
    assert "no gradient yet" in draw(y, lang="de").dot
    assert play(y, tmp_path / "page.html", lang="de").path.exists()
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    assert from_locale() == "de"
    assert command_line.main(["demos"]) == 0
    assert "The chain rule" in capsys.readouterr().out
    with speaking("de"):
        assert say("loss", "损失") == "loss" and "runs the next step" in help_text("de", True, 80)
