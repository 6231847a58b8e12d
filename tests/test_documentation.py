"""What the documentation shows is what happens: its examples run as written, and what they print and draw is shown."""

import doctest
import importlib
import io
import math
import pkgutil
import re
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path

import pytest
from mpmath import mpf
from oracles.exact import EXACT

import autograd
from autograd.cells import known_scripts, read_cells
from autograd.primitives import TABLE
from autograd.view import draw
from docs.make import api, examples

ROOT = Path(__file__).parent.parent
MODULES = ["autograd", *(m.name for m in pkgutil.walk_packages(autograd.__path__, "autograd."))]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in examples.PAGES}
TRANSLATIONS = [(name, name.replace(".md", ".zh-CN.md")) for name, lang in examples.PAGES.items() if lang == "en"]
WRITE = "the documentation is not what the code makes now; run: python -m docs.make"


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_a_modules_docstrings_run_as_shown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testmod(importlib.import_module(name), verbose=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_the_public_functions_have_docstrings():
    for name in autograd.__all__:
        assert getattr(getattr(autograd, name), "__doc__", ""), name


# --- README and the gallery ---


RUNS = [pytest.param(name, marks=pytest.mark.slow) if "gallery" in name else name for name in PAGES]


@pytest.fixture(scope="module", params=RUNS)
def page(request, tmp_path_factory):
    """A page: its name, what it says when its code is run, and the folder that its pictures are saved in."""
    folder = tmp_path_factory.mktemp("page")
    return request.param, examples.run(request.param, folder), folder


def test_the_examples_of_a_page_run_and_print_what_it_shows(page):
    name, text, _ = page
    assert text == PAGES[name], WRITE


def test_the_examples_of_a_page_draw_the_pictures_that_it_shows(page):
    name, text, folder = page
    for drawn in folder.rglob("*.svg") if examples.PAGES[name] == "en" else ():
        if drawn.name in examples.shown(text):
            recorded = examples.recorded(examples.PICTURES / drawn.name)
            assert examples.content(drawn) == recorded, f"{drawn.name}: {WRITE}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_stays_short(name):
    assert len(PAGES[name].splitlines()) <= 150


def test_a_drawing_is_the_same_every_time():
    def drawing():
        x = autograd.Value(2.0, "x")
        y = (x * x + autograd.sin(x)).named("y")
        y.backward()
        return draw(y).dot

    assert drawing() == drawing()


def test_the_pictures_are_small_and_all_of_them_are_shown():
    shown = set().union(*map(examples.shown, PAGES.values()))
    sizes = {path.name: path.stat().st_size for path in examples.PICTURES.iterdir()}
    assert set(sizes) == shown
    assert max(sizes.values()) <= 60_000
    assert sum(sizes.values()) <= 600_000


@pytest.mark.parametrize("names", TRANSLATIONS)
def test_a_page_and_its_translation_have_the_same_structure_code_and_pictures(names):
    english, chinese = (PAGES[name] for name in names)

    def code(text):
        blocks = re.findall(r"```(?!text).*?```", re.sub(r"```text.*?```", "", text, flags=re.DOTALL), re.DOTALL)
        return [re.sub(r' *#.*|(, )?lang="zh"| --lang zh', "", block) for block in blocks]

    def outputs(text):
        return len(re.findall("```text", text))

    def headings(text):
        return [len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)]

    def tables(text):
        return [line.count("|") for line in text.splitlines() if line.startswith("|")]

    def numbers(text):
        return re.findall(r"\d+\.\d{3,}(?:e-\d+)?", text)

    def pictures(text):
        return re.findall(r"!\[.*?\]\((.*?)\)", text.replace(".zh-CN", ""))

    assert code(english) == code(chinese)
    assert outputs(english) == outputs(chinese)
    assert headings(english) == headings(chinese)
    assert tables(english) == tables(chinese)
    assert numbers(english) == numbers(chinese)
    assert pictures(english) == pictures(chinese)


@pytest.mark.parametrize("name", ["docs/demos.md", "docs/demos.zh-CN.md"])
def test_the_page_of_demos_lists_every_demo_with_its_title(name):
    demos = [(demo, read_cells(path, examples.PAGES[name])[0].title) for demo, path in known_scripts().items()]
    assert re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGES[name], re.MULTILINE) == demos


@pytest.mark.parametrize("name", ["docs/course.md", "docs/course.zh-CN.md"])
def test_a_lesson_of_the_course_takes_90_minutes_and_every_exercise_in_it_has_an_answer(name):
    _, *lessons, exercises, answers = re.split("^## ", PAGES[name], flags=re.MULTILINE)
    rows = [re.findall(r"^\| (\d+) \| (.*?) \| (.*?) \| (.*?) \|$", lesson, re.MULTILINE) for lesson in lessons]
    assert [sum(int(minutes) for minutes, *_ in lesson) for lesson in rows] == [90, 90]
    shown = " ".join(demo for lesson in rows for _, _, demo, _ in lesson)
    assert set(re.findall(r"`(\w+)`", shown)) <= set(known_scripts())
    numbers = list(dict.fromkeys(re.findall(r"(?:exercise|练习) (\d+)", shown)))
    assert numbers == re.findall(r"^\*\*(?:Exercise|练习) (\d+)", exercises, re.MULTILINE)
    assert numbers == re.findall(r"^\*\*(?:Answer|答案) (\d+)", answers, re.MULTILINE)


@pytest.mark.parametrize("name", [*PAGES, *(f"docs/api/{page}" for page in api.pages())])
def test_the_links_of_a_page_lead_somewhere(name):
    file = ROOT / name
    text = file.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        assert (file.parent / target).exists(), target


# --- programs of other packages ---


def blocks(page, *languages):
    """The blocks of code on a page, each with the text below it, "" if there is none."""
    found = re.findall(rf"```({'|'.join(languages)})\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", PAGES[page], re.DOTALL)
    return [(code, shown) for _, code, shown in found]


def printed(*programs):
    with redirect_stdout(io.StringIO()) as out:
        namespace = {}
        for program in programs:
            exec(program, namespace)
    return out.getvalue()


def test_the_program_from_micrograd_prints_the_same_there():
    pytest.importorskip("micrograd", reason="micrograd is not installed")
    ((theirs, _),) = blocks("docs/from-micrograd.md", "py")
    _, (program, shown), _ = blocks("docs/from-micrograd.md", "python")
    assert printed(theirs, program) == shown != ""


def test_the_program_from_pytorch_prints_the_same_there():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    (common, _), (_, shown), _ = blocks("docs/from-pytorch.md", "python")
    before = torch.get_default_dtype()
    try:
        assert printed(common, blocks("docs/from-pytorch.md", "py")[0][0]) == shown != ""
    finally:
        torch.set_default_dtype(before)


def test_the_program_from_jax_prints_the_same_there():
    pytest.importorskip("jax", reason="JAX is not installed")
    program, shown = blocks("docs/from-pytorch.md", "python")[-1]
    imports = blocks("docs/from-pytorch.md", "py")[1][0]
    assert printed(imports, program.partition("\n")[2]) == shown != ""


# --- the reference ---


def test_the_pages_of_the_reference_are_what_the_docstrings_say_now():
    written = {path.name: path.read_text(encoding="utf-8") for path in api.FOLDER.iterdir()}
    assert written == api.pages(), WRITE


def test_every_public_name_is_in_the_reference():
    reference = "\n".join(api.pages().values())
    for name in [*autograd.__all__, *autograd.nn.__all__, *autograd.optim.__all__, *autograd.view.__all__]:
        item = getattr(autograd, name, None) or getattr(autograd.nn, name, None) or getattr(autograd.optim, name, None)
        if callable(item):
            assert re.search(rf"^### {name}$|^\| `{name}` \|", reference, re.MULTILINE), name


# --- the table of operations ---

ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", (api.FOLDER / "operations.md").read_text("utf-8"), re.MULTILINE))
DERIVATIVE = re.compile(r"[d∂](\w+)/[d∂](\w+) = (.*?)(?: if (.*)| otherwise)?")
PYTHON = {
    " = ": " == ", "×": "*", "÷": "/", "−": "-", "²": "**2", "^": "**", "≤": "<=", "≥": ">=", "≠": "!=",
    "√(2π)": "sqrt(2*π)", "√2": "sqrt(2)", "√π": "sqrt(π)",
}  # fmt: skip
NUMBERS = (0.3, -0.8, 1.7, 0.0)


def test_the_table_of_operations_has_every_operation():
    assert list(ROWS) == list(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_formulas_in_the_table_of_operations_are_the_exact_derivatives(name):
    shown = [DERIVATIVE.fullmatch(line).groups() for line in re.findall("`(.*?)`", ROWS[name].split(" | ")[-1])]
    result, operands = shown[0][0], list(dict.fromkeys(operand for _, operand, _, _ in shown))
    index = (0.0,) if "softmax" in name or name == "take" else ()  # which element of the result, or which operand
    given = ["x1", "x2"] if TABLE[name].variadic and name != "dot" else operands
    compared = 0
    for numbers in product(NUMBERS, repeat=len(given)):
        operation = TABLE[name](*index, *numbers)
        outside = any(not low <= x <= high for x, (low, high, *_) in zip(numbers, EXACT[name].domain))
        if outside or not math.isfinite(operation):
            continue
        known = {**vars(autograd), "e": math.e, "π": math.pi, **dict(zip(given, numbers)), result: operation}
        for i, operand in enumerate(operands):
            cases = [(formula, condition) for _, by, formula, condition in shown if by == operand]
            formula = next(formula for formula, condition in cases if not condition or calculated(condition, known))
            try:
                derivative = calculated(formula, known)
                exact = float(EXACT[name].partial(i + len(index), *map(mpf, (*index, *numbers))))
            except ZeroDivisionError:  # a pole
                continue
            assert derivative == pytest.approx(exact, rel=1e-12), (operand, numbers)
            compared += 1
    assert compared > 0


def calculated(formula, known):
    """The number, or the truth, of what stands on the page."""
    for written, meant in PYTHON.items():
        formula = formula.replace(written, meant)
    return eval(formula, {}, known)
