"""The examination of engines: classic mistakes are named, and right engines pass."""

import pytest

import autograd
from autograd.learn import grade
from autograd.learn.engine import ComposedEngine, Engine, SetEngine
from autograd.learn.examine import examine
from autograd.learn.mistakes import MISTAKES
from autograd.learn.probes import PROBES
from autograd.view.words import sentences
from tests.engines import BROKEN, CLOSURES, PATHS, TAPE, TUPLES, changed, engine

LIMITS = {probe.limit for probe in PROBES} - {""}


def found(made):
    return [(finding.key, finding.op) for finding in grade(made).findings if not finding.limit]


@pytest.mark.parametrize("source", [CLOSURES, TUPLES, TAPE, PATHS])
def test_an_engine_without_a_mistake_passes(source):
    assert grade(engine(source)).passed
    assert found(engine(source)) == []


@pytest.mark.parametrize("made", [autograd.Value, Engine, ComposedEngine, SetEngine])
def test_this_package_and_the_engines_that_mistakes_are_built_into_pass_without_a_remark(made):
    assert grade(made).findings == []


@pytest.mark.slow
@pytest.mark.parametrize("mistake", BROKEN, ids=lambda mistake: " ".join(mistake).strip())
def test_an_engine_is_convicted_of_exactly_the_mistake_that_it_makes(mistake):
    key, op = mistake
    made = engine(changed(*BROKEN[mistake]))
    if key in LIMITS:
        assert grade(made).passed
        assert key in [finding.key for finding in grade(made).findings]
    else:
        assert not grade(made).passed
        assert found(made) == [mistake]


def test_two_mistakes_in_one_engine_are_both_named():
    source = changed(
        CLOSURES, {"1 - out.data**2": "1 - self.data**2", "return other + (-self)": "return self + (-other)"}
    )
    assert sorted(found(engine(source))) == [("reflected order", "sub"), ("z for a", "tanh")]


@pytest.mark.slow
def test_an_answer_that_no_classic_mistake_explains_is_shown_and_not_explained_away():
    source = changed(TUPLES, {"(y * (1 - y),)": "(0.123,)"})
    findings = grade(engine(source)).findings
    assert {finding.key for finding in findings} == {""}
    assert "No classic mistake explains this answer" in str(grade(engine(source)))


def test_the_report_shows_the_smallest_program_the_number_that_is_right_and_the_one_that_was_found():
    report = grade(engine(changed(*BROKEN["overwritten", ""])), lang="en")
    assert " ".join(str(report).split()).startswith(
        "Value: one mistake, found with 84 programs. "
        "1. Gradients are overwritten rather than added: `self.grad = ...` should be `self.grad += ...`. "
        "a, b = Value(2.0), Value(-3.0) y = a + a y.backward() a.grad # should be 2, but is 1"
    )
    assert "梯度被覆盖，没有累加" in str(grade(engine(changed(*BROKEN["overwritten", ""])), lang="zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_mistake_has_a_sentence_in_each_language(lang):
    words = sentences("grade", lang)
    assert {mistake.key for mistake in MISTAKES} | LIMITS <= words.keys()


def test_an_operation_that_a_class_lacks_is_not_examined_and_no_mistake():
    report = grade(engine(CLOSURES))
    assert report.missing == ["log", "sigmoid"]
    assert report.passed


def test_a_class_without_a_sum_fails():
    class Value:
        def __init__(self, data):
            self.data, self.grad = data, 0.0

        def backward(self):
            self.grad = 1.0

    assert not grade(Value).passed


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="grade examines a class such as Value, but got 3 of type int"):
        grade(3)


def test_gradients_that_overwrite_each_other_in_a_dictionary_of_the_sweep_are_named():
    source = changed(
        TUPLES,
        {
            "        self.grad = 1.0\n": "        found = {self: 1.0}\n",
            "            for parent, slope": "            if not node.parents:\n"
            "                node.grad += found[node]\n                continue\n"
            "            node.grad = found[node]\n            for parent, slope",
            "parent.grad += slope": "found[parent] = slope",
        },
    )
    assert found(engine(source)) == [("overwritten", "")]


def test_numbers_in_arrays_of_size_one_are_examined_like_others():
    class Array(float):
        def __float__(self):
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")

        def item(self):
            return 0.0 + self

    class Boxed(autograd.Value):
        data = property(lambda self: Array(super().data))

    assert grade(Boxed).findings == []


def test_a_class_without_numbers_is_told_so_once_and_accused_of_nothing_else():
    class Value:
        def __init__(self, number):
            self.number = number

    report = grade(Value, lang="en")
    assert [finding.key for finding in report.findings] == ["no numbers"]
    assert "y.grad  # should be 1, but raises AttributeError" in str(report)
    assert "Not examined" not in str(report)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"self._backward = tuple(_children), lambda: None": "self._backward = tuple(_children), None"},
        {"out._backward = _backward": "out._backward = _backward()"},
        {"self.data, self.grad = data, 0.0": "self.data, self.grad = data, None"},
    ],
)
def test_a_class_whose_sweeps_all_fail_is_accused_of_nothing_else(change):
    keys = {key for key, _ in found(engine(changed(CLOSURES, change)))}
    assert keys <= {"", "no numbers"}


@pytest.mark.slow
def test_an_operation_that_is_there_and_fails_is_not_taken_to_be_missing():
    nothing = engine(CLOSURES)
    nothing.__pow__ = lambda self, n: None
    nothing.tanh = lambda self: int("no")
    report = grade(nothing)
    assert not {"pow", "tanh"} & set(report.missing)
    assert {("", "pow"), ("", "tanh")} <= {(finding.key, finding.op) for finding in report.findings}


def test_plain_numbers_that_one_operation_refuses_are_named_with_it():
    class Value(Engine):
        def __mul__(self, other):
            return self.record("mul", other) if isinstance(other, Engine) else self.record("mul", other.missing)

    assert ("no constants", "mul") in found(Value)


def test_no_mistake_is_found_in_an_operation_that_a_class_lacks():
    made = engine(changed(TUPLES, {"-a.data / b.data**2": "-1 / b.data**2"}))
    made.__pow__ = lambda self, n: NotImplemented
    assert found(made) == [("", "div")]


@pytest.mark.slow
def test_wrong_numbers_of_a_deep_graph_are_not_taken_for_recursion():
    report = grade(engine(changed(TAPE, {"(1.0, 1.0)": "(1.0, 2.0)"})))
    assert not report.passed
    assert not any(finding.limit for finding in report.findings)


def test_a_graph_that_is_never_freed_is_not_said_to_be_freed_by_the_garbage_collector():
    findings = grade(engine(changed(*BROKEN["never freed", ""]))).findings
    assert [finding.key for finding in findings] == ["never freed"]


# --- files ---


@pytest.mark.slow
@pytest.mark.parametrize(
    "last, message",
    [
        ("while True: pass", "is not finished after 2 s when it is run: .* move everything else under if __name__"),
        ("__import__('os')._exit(0)", "ends the process when it is run"),
        ("raise SystemExit", "calls exit\\(\\) when it is run: move that under if __name__"),
        ("input()", "cannot be run: EOFError"),
    ],
)
def test_a_file_that_does_not_come_to_its_end_is_refused_and_its_class_not_accused(tmp_path, last, message):
    file = tmp_path / "my_engine.py"
    file.write_text(f"{CLOSURES}\n\n{last}\n")
    with pytest.raises(ValueError, match=message):
        examine(str(file), seconds=2)


def test_no_time_is_refused():
    with pytest.raises(ValueError, match="seconds must be positive, but got -1"):
        examine("autograd.value:Value", seconds=-1)


def test_a_file_is_examined_in_another_process(tmp_path):
    file = tmp_path / "my_engine.py"
    file.write_text(f"print('hello')\n{changed(*BROKEN['overwritten', 'mul'])}")
    report = examine(f"{file}:Value")
    assert [(finding.key, finding.op) for finding in report.findings if not finding.limit] == [("overwritten", "mul")]


@pytest.mark.slow
def test_a_program_that_takes_too_long_is_stopped_and_shown(tmp_path):
    file = tmp_path / "slow.py"
    file.write_text(changed(CLOSURES, {"def relu(self):": "def relu(self):\n        while self.data == 0: pass"}))
    report = examine(str(file), seconds=2)
    assert "should be 0, 0, but takes too long" in str(report)


@pytest.mark.slow
def test_a_process_that_ends_itself_ends_nothing_else(tmp_path):
    file = tmp_path / "ends.py"
    file.write_text(changed(CLOSURES, {"n * self.data": "__import__('os')._exit(3) * self.data"}))
    report = examine(f"{file}:Value")
    assert "ends the process" in str(report)


@pytest.mark.parametrize(
    "text, name, message",
    [
        ("x = 1 +\n", "Value", "cannot be run: SyntaxError"),
        ("class Valu: pass\n", "Value", "has no class 'Value'; did you mean 'Valu'"),
        (None, "Value", "there is no file"),
    ],
)
def test_a_file_that_has_no_engine_is_refused_with_the_reason(tmp_path, text, name, message):
    file = tmp_path / "wrong.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=message):
        examine(f"{file}:{name}")
