"""quiz: questions about the user's own graph, judged as by check."""

from collections.abc import Iterator

import pytest
from test_check import network

import autograd
from autograd import Value, nn, quiz, tanh
from autograd.graph import reverse_sweep
from autograd.learn import Score


class Learner:
    """Answers questions, and remembers them."""

    def __init__(self, answers: dict[str, str], otherwise: str = "") -> None:
        self.answers = {name: iter(each.split()) for name, each in answers.items()}
        self.otherwise, self.asked = otherwise, list[str]()

    def __call__(self, question: str) -> str:
        name = question.partition("] ")[2].removesuffix(" = ? ")
        self.asked.append(name)
        found: Iterator[str] = self.answers.get(name, iter(()))
        return next(found, self.otherwise)


def exact(output: Value) -> dict[str, str]:
    """The gradients of the labelled Values, as a learner writes them."""
    return {f"dL/d{value.label}": f"{x:.5g}" for value, x in reverse_sweep(output).items() if value.label}


def test_every_local_derivative_and_product_is_asked_for_backward_and_a_sum_has_none():
    v = network()
    learner = Learner(exact(v["L"]) | {
        "da2/dz2": "0.20893", "dz2/da1": "0.8", "dz2/dw2": "1.7", "da1/dz1": "1", "dz1/dx": "0.5", "dz1/dw1": "3",
    })  # fmt: skip
    score = quiz(v["L"], most=99, ask=learner)
    assert score == Score(16, 0, 16)
    assert learner.asked == [
        "dL/da2", "dL/dy", "da2/dz2", "dL/dz2", "dz2/da1", "dz2/dw2", "dL/da1", "dL/db2", "dL/dw2", "da1/dz1",
        "dL/dz1", "dz1/dx", "dz1/dw1", "dL/db1", "dL/dx", "dL/dw1",
    ]  # fmt: skip


def test_a_wrong_answer_is_told_its_slip_then_comes_a_hint_and_then_the_answer(capsys):
    learner = Learner({"dL/da2": "-0.2973 0.5"})
    assert quiz(network()["L"], most=1, ask=learner) == (0, 0, 1)
    said = capsys.readouterr().out
    assert "Not yet. You get -0.2973 if you leave the factor 2 out of dL/d(a2 − y) = 2 × (a2 − y)." in said
    assert "Hint: dL/da2 = 2 × (a2 − y)." in said
    assert "The answer: dL/da2 = 2 × (a2 − y) = -0.594679." in said
    assert said.index("Not yet") < said.index("Hint") < said.index("The answer")


def test_enter_alone_asks_for_the_hint_and_a_right_answer_after_it_counts_apart(capsys):
    assert quiz(network()["L"], most=1, ask=Learner({"dL/da2": "what -0.595"})) == (1, 0, 1)
    assert "Type a number such as -0.25" in capsys.readouterr().out
    answers = iter(["", "-0.595"])
    assert quiz(network()["L"], most=1, ask=lambda question: next(answers)) == (0, 1, 1)
    assert "Hint: dL/da2 = 2 × (a2 − y)." in capsys.readouterr().out


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt, "q", "stop"])
def test_a_quiz_can_be_left(end):
    def ask(question: str) -> str:
        if isinstance(end, str):
            return end
        raise end

    assert quiz(network()["L"], ask=ask) == (0, 0, 0)


def test_a_number_that_follows_from_an_earlier_rounded_answer_is_right():
    answers = {"dL/da2": "-0.59", "dL/dy": "0.59", "da2/dz2": "0.21", "dL/dz2": "-0.1239"}
    assert quiz(network()["L"], most=4, ask=Learner(answers)) == (4, 0, 4)


def test_all_paths_are_in_the_hint_of_a_value_that_is_used_twice(capsys):
    x = Value(0.5, "x")
    a, b = tanh(x).named("a"), (x * 3).named("b")
    learner = Learner({}, "")
    quiz((a * b).named("L"), most=99, ask=learner)
    said = capsys.readouterr().out
    assert "Hint: dL/dx = dL/db × db/dx + dL/da × da/dx." in said
    assert learner.asked.count("dL/dx") == 2


def test_questions_are_asked_in_chinese(capsys):
    assert quiz(network()["L"], most=1, ask=Learner({"dL/da2": "-0.595"}), lang="zh") == (1, 0, 1)
    assert capsys.readouterr().out == "正确：-0.5947。\n共 1 题：一次答对 1 题，提示后答对 0 题。\n"


def test_a_network_without_labels_is_asked_about_by_the_names_of_every_view():
    model = nn.MLP(1, [2, 1], "tanh", seed=0)
    learner = Learner({}, "q")
    quiz((model([0.5]) - 1) ** 2, names={"model": model}, ask=learner)
    assert len(learner.asked) == 1


def test_nothing_in_the_graph_is_changed():
    v = network()
    v["L"].backward()
    before = {name: (value.data, value.grad) for name, value in v.items()}
    quiz(v["L"], ask=Learner({}, "0.3"))
    assert {name: (value.data, value.grad) for name, value in v.items()} == before


def test_what_cannot_be_asked_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"there is nothing to ask: no Value .* has a name; give names=globals\(\)"):
        quiz(Value(1.0, "a"))
    with pytest.raises(TypeError, match="ask must be a function that is given a question and returns the answer"):
        quiz(network()["L"], ask="-0.5")
    with pytest.raises(ValueError, match="most must be a whole number of at least 1, but got 0"):
        quiz(network()["L"], most=0)
    with pytest.raises(TypeError, match="the result must be a Value"):
        quiz(autograd)
