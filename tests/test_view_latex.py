"""LaTeX of explanations: what pdflatex with amsmath, MathJax and KaTeX all understand."""

import itertools
import re
import shutil
import string
import subprocess
from functools import partial
from pathlib import Path

import pytest

import autograd
from autograd import Value, explain
from autograd.operation import primitive
from autograd.primitives import TABLE
from autograd.view.notation.expression import Num, Power, Product, Sum
from autograd.view.notation.latex import latex, latex_text
from autograd.view.notation.text import derivative, name

# LaTeX with amsmath, MathJax's packages base and ams, and KaTeX have these; `\\[4pt]` between rows is left out.
PERMITTED = {
    r"\begin", r"\end", r"\frac", r"\partial", r"\left", r"\right", r"\text", r"\textbf", r"\mathrm", r"\operatorname",
    r"\sqrt", r"\quad", r"\times", r"\cdots", r"\ldots", r"\infty", r"\to", r"\le", r"\ge", r"\ne", r"\log", r"\sin",
    r"\cos", r"\tan", r"\sinh", r"\cosh", r"\tanh", r"\sigma", r"\bmod", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil",
    r"\Gamma", r"\psi", r"\backslash", r"\wedge", r"\sim", r"\alpha", r"\eta", r"\Delta", r"\{", r"\}", r"\$", r"\&",
    r"\#", r"\%", r"\_",
}  # fmt: skip
SAMPLES = [(0.7, 0.3, 0.2), (-0.7, 2.0, 1.5), (0.0, 0.0, 0.0), (30.0, 2.0, 1.0)]
LABELS = [
    "w1", "w_1", "w#2", "w1#3", "loss", "loss2", "loss#2", "a b", r"\frac{", "$x$", "<script>alert(1)</script>",
    "layers.0.weight[2][1]", "x′", "w₁₂", "η", "α1", "Δw", "a→b", "∂L/∂w", "naïve", "∞", "1", "-x", "[4pt]",
    string.punctuation, *string.punctuation,
]  # fmt: skip


def explained(output: Value, **options: int) -> str:
    return explain(output, **options).latex


def operations() -> dict[str, list[str]]:
    """Every operation of the table where its rules take each of their branches, alone and inside of others."""
    found: dict[str, list[str]] = {}
    for op, sample in itertools.product(TABLE.values(), SAMPLES):
        xs = [Value(x, f"w{i}") for i, x in enumerate(sample[: op.arity or 2], 1)]
        function = getattr(autograd, op.name)
        if op.name == "polygamma":  # whose order is a whole number
            function = op
        if op.name == "take":  # whose index is one
            function = partial(lambda op, xs: op(1.0, *xs), op)
        y = function([1.5, -0.5], xs) if op.name == "dot" else function(xs) if op.variadic else function(*xs)
        y = y[0] if isinstance(y, list) else y
        found.setdefault(op.name, []).extend([explained(y), explained((y**2 + xs[0]).named("L"))])
    return found


def others() -> list[str]:
    """Labels, numbers of all kinds, many terms, hooks, rounding, a user's operation, paths."""
    a, b = Value(2.0, "a"), Value(3.0, "b")
    hooked = (a * b).named("h")
    hooked.register_hook(lambda g: g * 3)
    unconnected = Value(1.0, "η")
    return [
        *(explained(Value(2.0, label) * a + a) for label in LABELS),
        *(explained(Value(x, "x") ** 3 / 7) for x in (1e300, 1e-30, float("nan"), float("-inf"), -2.0)),
        explained(autograd.sum([Value(float(i), f"x{i}") for i in range(20)])),
        explained(hooked * a),
        explained((a * b + autograd.relu(a - 5)).exp(), rounding=2),
        explain(a * b, unconnected).latex,
        explained(primitive("my_op%", lambda x: x, [1.0])(a)),
        explained(autograd.log(autograd.relu(a - 2.0) * 0.0 + b)),
    ]


def commands(written: str) -> set[str]:
    return set(re.findall(r"\\(?:[A-Za-z]+|.)", written.replace("\\\\[4pt]", "")))


def check(formulas: list[str], folder: Path) -> None:
    """Refuse commands that are not permitted and, if pdflatex is installed, what it does not compile."""
    for formula in formulas:
        assert commands(formula) <= PERMITTED, formula
    if shutil.which("pdflatex"):
        document = "\n".join([
            r"\documentclass{article}\usepackage{amsmath}\usepackage[paperwidth=2000mm,paperheight=2000mm]{geometry}",
            r"\begin{document}", *(f"\\[\n{formula}\n\\]" for formula in formulas), r"\end{document}",
        ])  # fmt: skip
        (folder / "all.tex").write_text(document, encoding="utf-8")
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "all.tex"], cwd=folder, capture_output=True)
        assert done.returncode == 0, [line for line in done.stdout.splitlines() if line.startswith(b"!")]


def test_every_operation_of_the_table_compiles(tmp_path):
    table = operations()
    assert table.keys() == TABLE.keys()
    check([*itertools.chain.from_iterable(table.values())], tmp_path)


def test_labels_numbers_and_remarks_compile(tmp_path):
    check(others(), tmp_path)


def test_no_label_begins_a_tag_of_html_or_opens_a_group():
    for formula in others():
        assert not re.search(r"<[A-Za-z/!?]", formula)
        plain = re.sub(r"\\.", "", formula)
        assert plain.count("{") == plain.count("}")


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("w1", "w_{1}"), ("w12", "w_{12}"), ("w#2", "w^{(2)}"), ("w1#2", "w_{1}^{(2)}"), ("loss", r"\mathrm{loss}"),
        ("loss2", r"\mathrm{loss}_{2}"), ("loss#2", r"\mathrm{loss}^{(2)}"), ("η", r"\eta"), ("α1", r"\alpha_{1}"),
        ("Δw", r"{\Delta \text{w}}"),
        ("a_b", r"{\text{a}\_\text{b}}"), ("a b", r"\text{a b}"), ("<b>", r"{{<}\text{b}{>}}"),
        ("50%", r"{\text{50}\%}"), ("w₁", r"{\text{w}{}_{1}}"), ("权重", r"\text{权重}"),
    ],
)  # fmt: skip
def test_names_are_set_as_in_a_textbook_and_none_does_anything(label, written):
    assert latex(name(label)) == written


def test_a_name_with_a_number_can_be_raised_to_a_power_and_derived():
    w = name("w1#2")
    assert latex(Power(w, Num(2.0))) == "{w_{1}^{(2)}}^{2}"
    assert latex(derivative(name("L"), w)) == r"\frac{\partial L}{\partial w_{1}^{(2)}}"
    assert latex(Product((Sum((w, Num(1.0))), Num(1e-9)))) == r"\left(w_{1}^{(2)} + 1\right) \times 1 \times 10^{-9}"


def test_conditions_and_names_in_remarks_are_mathematics():
    z = Value(-3.0, "z1")
    assert r"&= 0 \quad \text{(}\text{since }z_{1} \le 0\text{)}" in explain(z.relu()).latex
    assert r"\text{(}y\text{ does not use it}\text{)}" in explain(z.relu(), Value(1.0, "x")).latex


def test_words_are_one_group():
    assert latex_text("") == "{}"
    assert latex_text("a & b") == r"{\text{a }\&\text{ b}}"
