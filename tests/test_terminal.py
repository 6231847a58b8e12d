"""Text for a terminal: as wide as the terminal, of characters that the stream can carry."""

import ast
import codecs
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from autograd import GradientMonitor, Value, backward_steps, check, diagnose, dot, exp, explain, nn, sigmoid, where, why
from autograd.cells import all_cells, known_scripts, read_cells
from autograd.spelling import charset, spell_on, spelled
from autograd.stepper import step_through
from autograd.view.terminal import columns, for_stdout, is_styled, refilled, table, tell, width, wrapped
from autograd.view.words.zh import TERMS


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

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


# --- characters ---

ROOT = Path(__file__).parent.parent
ENCODINGS = ("utf-8", "cp936", "cp437", "latin-1", "ascii")
CHINESE = re.compile(r"[\u4e00-\u9fff，。：；、（）“”？！《》]")

EVERY_WAY = """
import sys
from autograd import GradientMonitor, Value, backward_steps, diagnose, explain, nn, play, sigmoid, where, why
lang = sys.argv[1]
w, x = Value(-2.0, "w"), Value(3.0, "x")
y = (where(w > 0, w, sigmoid(w * x) ** 2 - w) / x).named("y")
model = nn.MLP(1, [2, 2, 1], seed=0)
loss = model([1.0]) ** 2
loss.backward()
monitor = GradientMonitor(model, lang=lang)
monitor.record()
for shown in (explain(y, lang=lang), explain(y, lang=lang, rounding=3), why(y, w, lang=lang), why(y, [w, x], lang=lang),
              diagnose(model, loss, lang=lang), monitor, *backward_steps(y, lang=lang), y, model):
    print(shown)
    print(repr(shown))
"""


def run(encoding, *arguments, **more):
    """Runs Python with an encoding of its output; returns what it wrote to stdout and to stderr."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "COLUMNS": "88", **more}
    done = subprocess.run([sys.executable, *arguments], env=variables, capture_output=True, timeout=120)
    errors = done.stderr.decode(encoding)
    assert done.returncode == 0, errors
    return done.stdout.decode(encoding), errors


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_way_to_look_prints_on_a_stream_of_any_encoding(encoding, lang):
    shown, errors = run(encoding, "-c", EVERY_WAY, lang)
    assert "?" not in shown and "\\" not in shown
    assert ("2 * v2" if encoding in ("cp437", "ascii") else "2 × v2") in shown
    assert ("v2² − w" in shown) == (encoding == "utf-8")
    if lang == "zh" and encoding in ("utf-8", "cp936"):
        assert "正向传播" in shown and "Forward" not in shown and not errors
    else:
        assert "Forward" in shown and not CHINESE.search(shown)
        assert errors.count(f"the output's encoding, {codecs.lookup(encoding).name}, has no Chinese") == (lang == "zh")


def written():
    """The strings of the package in English, and the text of the demos."""
    for file in (ROOT / "autograd").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree) if file.name not in ("zh.py", "text.py", "spelling.py") else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not CHINESE.search(node.value):
                yield node.value
    for path in known_scripts().values():
        yield from (cell.text for cell in all_cells(path) if cell.lang != "zh" and not CHINESE.search(cell.text))


@pytest.mark.parametrize("encoding", ENCODINGS[1:])
def test_all_that_the_package_and_the_demos_write_has_a_spelling_without_escapes(encoding):
    for text in set(written()):
        shown = spelled(text, encoding)
        assert shown.encode(encoding).decode(encoding) == shown and shown.count("\\") == text.count("\\"), text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("∂y/∂x = 2 × (−3)² ÷ 4 ≤ π", "del y/del x = 2 * (-3)^2 / 4 <= pi"),  # not dy/dx, which is another derivative
        ("10⁻¹⁰ → 1/√(2π), √2", "10^-10 -> 1/sqrt(2pi), sqrt(2)"),
        ("x ──→ y ←── z", "x --> y <-- z"),
        ("│ ┌─┐ ═ ║", "| +-+ - |"),
        ("πx σ² Ω", "pi x sigma^2 Omega"),
        ("x̂ naïve Ångström", "x_hat naive Angstrom"),
        ("🍎 ♥", "(red apple) (black heart suit)"),
        ("␛[31m␡�", "^[[31m^??"),  # what text.printable made of control characters
        ("权重 вес", r"\u6743\u91cd \u0432\u0435\u0441"),
    ],
)
def test_a_character_that_ascii_lacks_is_spelled_as_one_types_it(text, shown):
    assert spelled(text, "ascii") == shown


def test_what_an_encoding_has_stays_and_an_exponent_is_of_one_kind():
    assert spelled("×²¹⁰√σ", "latin-1") == "×^210sqrt(sigma)"
    assert spelled("x² ×10³ ×10¹⁰", "latin-1") == "x² ×10³ ×10^10"
    assert spelled("−×≤∂权重", "cp936") == "-×≤del 权重"


def test_a_stream_that_says_nothing_of_its_encoding_or_an_unknown_one_gets_every_character(monkeypatch):
    for encoding in (None, "utf-8", "UTF-16", "no such encoding", 8):
        screen = Screen()
        monkeypatch.setattr(Screen, "encoding", encoding)
        assert charset(screen) is None
    assert charset(None) is None
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert spelled("∂") == "∂"


def test_text_is_spelled_for_the_stream_that_is_stdout_when_it_is_asked_for(monkeypatch):
    x = Value(3.0, "x")
    shown = explain((x - 1).named("y"))
    assert "x − 1" in str(shown)
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "ascii")):
        assert "x - 1" in str(shown) and "x - 1" in repr(shown)
        assert "x − 1" in shown.text()  # for a file, whatever the terminal
        assert repr(Value(1.0, "权")) == r"Value(1.0, label='\u6743')"
    assert "x − 1" in str(shown)


def test_a_derivation_in_chinese_is_all_english_on_a_stream_without_chinese():
    x = Value(3.0, "x")
    shown = explain((x * x - x).named("y"), lang="zh")
    notice = "the output's encoding, cp437, has no Chinese.*PYTHONIOENCODING=utf-8"
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "cp437")), pytest.warns(UnicodeWarning, match=notice):
        assert "Chain rule" in str(shown)
    assert "链式法则" in str(shown) and "链式法则" in shown.markdown


def test_a_program_can_let_its_stream_spell_what_others_write_to_it():
    stream = io.TextIOWrapper(io.BytesIO(), "cp437")
    spell_on(stream)
    stream.write("2 × π ≤ x² − 权 → y")
    stream.flush()
    assert stream.buffer.getvalue().decode("cp437") == r"2 * π ≤ x² - \u6743 -> y"


# --- lines and tables ---


def test_a_line_does_not_end_inside_a_chinese_term_or_before_its_mark():
    sentence = "梯度消失：用 ReLU 代替 sigmoid 或 tanh，加入残差连接或批量归一化（“归一化”），减小学习率。"
    terms = [term for term in TERMS.split() if term in sentence]
    for room in range(16, 60):
        lines = wrapped(sentence, room)
        assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
        assert all(width(line) <= room for line in lines)
        assert not any(line[0] in "，。：；、）”" or line[-1] in "（“" for line in lines)
        for term in terms:
            assert sum(line.count(term) for line in lines) == sentence.count(term), (term, lines)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("room", [40, 60, 80, 120])
def test_no_line_of_a_way_to_look_is_wider_than_the_terminal(room, lang, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    for shown in looks(lang):
        for line in str(shown).splitlines():
            assert width(line) <= room, line


def looks(lang):
    """What a long calculation and a deep network look like: sums, products, conditions, hooks, rounding, many steps."""
    a, b, x = Value(-1.5, "weight_in"), Value(0.8, "weight_out"), Value(3.0, "x")
    z = (a * x + b * b - x).named("weighted_sum")
    z.register_hook(lambda gradient: gradient / 3)
    y = (where(a > 0, a, sigmoid(z) ** 2 - b) / (1 + exp(-a * x)) + dot([a, b, x], [b, x, a], b) * x).named("loss")
    deep = nn.MLP(2, [4, 4, 4, 4, 1], "sigmoid", seed=0)
    loss = ((deep([1.0, 2.0]) - 1) ** 2).named("loss")
    loss.backward()
    monitor = GradientMonitor(deep, lang=lang)
    monitor.record()
    return [
        explain(y, lang=lang), explain(y, lang=lang, rounding=3), why(y, a, lang=lang), why(y, [a, b, x], lang=lang),
        why(loss, deep.parameters(), lang=lang), diagnose(deep, loss, lang=lang), monitor,
        *backward_steps(y, lang=lang),
        check(y, "weighted_sum = -6.86\ndloss/dweight_in = 1.234\nloss = 0.5", lang=lang),
    ]  # fmt: skip


def test_a_formula_is_broken_at_its_loosest_operator_and_goes_on_below_itself():
    a, b, x = Value(-1.5, "weight_in"), Value(0.8, "weight_out"), Value(3.0, "x")
    y = ((a * x + b) ** 2 / (1 + x) + a * b * x).named("y")
    lines = explain(y).text(40).splitlines()
    i = lines.index("  y = (weight_in × x + weight_out)²")
    assert lines[i + 1 : i + 6] == [
        "      ÷ (1 + x)",  # a new line for the next term, since this one has two
        "      + weight_in × weight_out × x",
        "    = ((-1.5) × 3 + 0.8)² ÷ (1 + 3)",
        "      + (-1.5) × 0.8 × 3",
        "    = -0.1775",
    ]


def test_a_step_of_the_player_goes_on_below_itself(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    first, *_ = backward_steps((Value(1.5, "some_long_name") * Value(2.0, "another_long_name")).named("a_product"))
    assert str(first) == "a_product = some_long_name × another_long_name = 1.5 × 2\n    = 3"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_prose_is_wrapped_again_on_a_narrow_terminal_and_code_stays(lang):
    for path in known_scripts().values():
        for cell in read_cells(path, lang):
            assert not cell.is_prose or refilled(cell.text, 80) == cell.text
            for room in (40, 60):
                text = refilled(cell.text, room) if cell.is_prose else ""
                assert all(width(line) <= room or line.startswith("    ") for line in text.splitlines())
                assert not text or text.split() == cell.text.split() or lang == "zh"
                assert not text or "".join(text.split()) == "".join(cell.text.split())


def test_the_columns_of_a_table_wider_than_the_terminal_come_closer_and_then_go_below_each_other():
    rows = [("layer", "|grad|", "dead", "verdict"), ("0: Linear", "0.25", "50%", "healthy"), ("... 3 more ...",)]
    assert table(rows, (1, 2)) == table(rows, (1, 2), room=32)
    assert table(rows, (1, 2), room=31) == table(rows, (1, 2), gap=" ")
    assert table(rows, (1, 2), room=28) == [
        "layer      |grad|  dead", "0: Linear    0.25   50%", "... 3 more ...", "",
        "layer      verdict", "0: Linear  healthy", "... 3 more ...",
    ]  # fmt: skip
    assert table(rows, (1, 2), room=1)[0] == "layer      |grad|"  # a word is never cut


def test_a_long_title_has_two_lines_where_one_would_make_the_table_too_wide():
    rows = [("layer", "x weights", "|grad|/|w|", "so far"), ("0: Linear", "0.25", "1", "-1.4e-12")]
    assert len(table(rows, room=42)) == 2
    assert table(rows, (1, 2, 3), room=41) == [
        "                 x  |grad|/",
        "layer      weights      |w|    so far",
        "0: Linear     0.25        1  -1.4e-12",
    ]


def test_a_name_wider_than_the_terminal_fails_no_table_whose_titles_have_two_lines():
    rows = [("layer", "dead", "|grad|/|w|"), ("a" * 30, "50%", "1")]
    assert table(rows, room=20)[-1] == "a" * 30 + "  1"


def test_words_of_a_table_go_on_below_where_a_name_leaves_no_room():
    rows = [("  step", "by"), ("  d_a_long_name", "sigmoid at 0.2"), ("... 3 more ...",)]
    assert table(rows, room=24) == [
        "  step           by",
        "  d_a_long_name  sigmoid",
        "                 at 0.2",
        "... 3 more ...",
    ]


def test_a_table_is_aligned_as_the_stream_shows_its_characters():
    model = nn.Linear(1, 1)
    setattr(model, "σ→", nn.Linear(1, 1))
    loss = (model([1.0])[0] + getattr(model, "σ→")([1.0])[0]) ** 2
    for encoding, name in (("ascii", "sigma->: Linear  "), ("cp936", "σ→: Linear  "), ("utf-8", "σ→: Linear  ")):
        with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding)):
            lines = for_stdout(lambda columns: diagnose(model, loss).text(120)).splitlines()
        assert any(line.startswith(name) for line in lines)
        ends = {in_columns(line[: re.search(r"\|dL/dz\||\d(?=  )", line).end()], encoding) for line in lines[:3]}
        assert len(ends) == 1, lines


def in_columns(text, encoding):
    return len(text.encode(encoding)) if encoding == "cp936" else len(text)  # σ and → have two columns in GBK


# --- demos ---


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_demo_runs_on_a_stream_of_any_encoding(encoding, lang):
    shown, errors = run(encoding, "-m", "autograd", "demos", "chain_rule", "--run", "--lang", lang)
    assert "\\" not in shown.replace("\\n", "")
    chinese = lang == "zh" and encoding in ("utf-8", "cp936")
    rate = {"utf-8": "−6.5 °C", "cp936": "-6.5 °C", "ascii": "-6.5 degC"}.get(encoding, "-6.5 °C")
    assert f"({rate}{'/千米' if chinese else ' per km'})" in shown
    assert ("│ " in shown) == (encoding in ("utf-8", "cp936", "cp437"))
    assert bool(CHINESE.search(re.sub("^[│|].*$", "", shown, flags=re.MULTILINE))) == chinese
    assert errors.count("has no Chinese") == (lang == "zh" and not chinese)


def test_a_notebook_is_in_the_language_that_is_asked_for_whatever_the_terminal(tmp_path):
    run("ascii", "-m", "autograd", "demos", "forward", "--lang", "zh", "--notebook", str(tmp_path / "x.ipynb"))
    assert "正向传播" in (tmp_path / "x.ipynb").read_text(encoding="utf-8")


def test_a_script_is_stepped_through_in_a_stream_without_chinese(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "cp437")
    with redirect_stdout(stream), pytest.warns(UnicodeWarning, match="has no Chinese"):
        step_through("odd_even", {}, "zh")()
        stream.flush()
    assert b"A number x goes in" in stream.buffer.getvalue() and b"x \xc4\xc4-> z1" not in stream.buffer.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_prose_of_a_demo_is_as_wide_as_a_narrow_terminal(lang):
    shown, _ = run("utf-8", "-m", "autograd", "demos", "build", "--run", "--lang", lang, COLUMNS="50")
    for cell in read_cells(known_scripts()["build"], lang):
        assert not cell.is_prose or refilled(cell.text, 50) in shown


@pytest.mark.parametrize(
    "variables, styled",
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"WT_SESSION": "1"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_only_a_terminal_that_can_and_may_shows_bold_text(variables, styled, monkeypatch, capsys):
    for name in ("TERM", "NO_COLOR", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    tell("Title", bold=True)
    assert screen.getvalue() == ("\x1b[1mTitle\x1b[0m\n" if styled else "Title\n")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not is_styled()
