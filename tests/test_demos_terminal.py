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


ASKED = {  # what a learner wonders, what is typed, and what is answered
    "en": {
        "why is dL/dw1 -0.298?": ("why(L, w1)\n", ["dL/dw1 = -0.2982", "× 3"]),
        "which layer dies?": ("diagnose(net, loss)\n", ["layers.0: Layer 0 0 140 0 100% – 0 dead"]),
        "I got -0.149 for dL/dw1, where is my mistake?": (
            'check(L, "dL/dw1 = -0.149")\n',
            ["The first wrong line is dL/dw1.", "you get -0.149 if you leave the factor 2 out of dL/de = 2 × e"],
        ),
    },
    "zh": {
        "dL/dw1 为什么是 -0.298？": ("why(L, w1)\n", ["dL/dw1 = -0.2982", "× 3"]),
        "哪一层死了？": ("diagnose(net, loss)\n", ["layers.0: Layer 0 0 140 0 100% – 0 死神经元"]),
        "我算得 dL/dw1 是 -0.149，错在哪里？": (
            'check(L, "dL/dw1 = -0.149")\n',
            ["第一个错误的行是 dL/dw1。", "在 dL/de = 2 × e 中漏掉因数 2，就会得到 -0.149。"],
        ),
    },
}
NETWORK = [
    "net = nn.MLP(1, [2, 1], 'relu', seed=0)\n",
    "_ = [setattr(b, 'data', -99.0) for b in net.layers[0].bias]\n",
    "loss = ((net([3.0]) - 1) ** 2).named('loss')\n",
]


@pytest.mark.parametrize("lang", ASKED)
def test_the_questions_of_a_learner_are_answered_at_the_prompt(
    lang: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    terminal = open_terminal("odd_even", "--lang", lang)
    for _ in range(8):
        terminal.type("\n")
    for line in NETWORK:
        terminal.type(line)
    for typed, answers in ASKED[lang].values():
        said = " ".join(terminal.type(typed).split())
        assert all(answer in said for answer in answers), said
    terminal.press("quiz(L, most=2)\n", ("[1/2] dL/de = ? ",))
    hint = terminal.press("0.297\n", ("[1/2] dL/de = ? ",))
    assert ("Hint: dL/de = 2 × e." if lang == "en" else "提示：dL/de = 2 × e。") in hint
    assert "-0.5947" in terminal.press("-0.595\n", ("[2/2] dL/da2 = ? ",))
    said = terminal.type("-0.595\n")
    assert ("1 of 2 at once, 1 after a hint." if lang == "en" else "共 2 题：一次答对 1 题，提示后答对 1 题。") in said
    assert "Score(right=1, later=1, asked=2)" in said
