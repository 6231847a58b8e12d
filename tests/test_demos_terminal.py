"""Demos at a pseudo-terminal, in both languages, with a variable changed on the way."""

from collections.abc import Callable

import pytest
from test_stepper import Terminal, open_terminal  # noqa: F401  # a fixture

CHANGES = {
    "forward": ("apples[0] = [0.01, 0.9, 0.8]\n", 2, "z = -3.92"),
    "gradient_descent": ("lr = 0.2\n", 2, "w = 1.2"),
    "odd_even": ("x.data = 6\n", 2, "z1 = 3.2"),
}


@pytest.mark.parametrize("lang, words", [("en", "Enter runs the next step"), ("zh", "按回车键运行")])
@pytest.mark.parametrize("demo", CHANGES)
def test_a_demo_uses_what_its_reader_changed(
    demo: str,
    lang: str,
    words: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    change, steps_before, shown = CHANGES[demo]
    terminal = open_terminal(demo, "--lang", lang)
    assert words in terminal.welcome
    for _ in range(steps_before):
        assert terminal.type("\n")
    terminal.type(change)
    said = "".join(terminal.type("\n") for _ in range(2))
    assert shown in said, said
    terminal.type("\x04")
    assert terminal.exit_status() == 0


@pytest.mark.parametrize(
    ("demo", "steps", "shown"),
    [("forward", 10, "\n真实   0 1 0 1 0 1 0 1 0 1\n"), ("odd_even", 4, "\n'奇数'\n"), ("vanishing", 6, "：消失\n")],
)
def test_a_chinese_demo_prints_in_chinese_and_so_does_what_is_typed(
    demo: str,
    steps: int,
    shown: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    terminal = open_terminal(demo, "--lang", "zh")
    said = "".join(terminal.type("\n") for _ in range(steps))
    assert shown in said, said
    terminal.type("import autograd; q = autograd.Value(3.0, 'q'); r = q * q\n")
    assert "局部导数" in terminal.type("print(autograd.explain(r.named('r')))\n")
