"""Which language explanations speak."""

import subprocess
import sys
import threading

import pytest

from autograd import Value, explain, why
from autograd.language import LANGUAGES, chosen, say, speaking


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
