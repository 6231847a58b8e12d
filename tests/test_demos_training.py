"""The demos of vanishing and exploding gradients, their remedies, and of training: what they show, and their pictures.

What holds for every demo alike (both languages, 80 columns, a plain script) is in test_demos.py.
"""

from __future__ import annotations

import copy
import math
import re
import sys
import textwrap
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from test_demos import Told, told

from autograd import nn, optim, training_step
from autograd.cells import find_script, known_scripts, read_cells
from autograd.stepper import Stepper

pytestmark = pytest.mark.slow

PICTURES = {
    "vanishing": ["06_vanishing.svg"],
    "exploding": ["07_exploding.svg", "07_roller_coaster.svg"],
    "remedies": [
        "08_remedies_film_relu.svg",
        "08_remedies_film_sigmoid.svg",
        "08_remedies_layers.svg",
        "08_remedies_time.svg",
    ],
    "learn_odd_even": ["10_learn_odd_even.svg", "10_learn_odd_even_relu.svg"],
    "digits": ["11_digits_gradients.svg", "11_digits_training.svg"],
    "moons": ["14_moons_neurons.svg", "14_moons_straight.svg"],
    "microgpt": ["15_microgpt_layers.svg", "15_microgpt_loss.svg"],
}
EVERY_ONE = pytest.mark.parametrize("name", PICTURES)


Run = Callable[[str], Told]


@pytest.fixture
def ran() -> Run:
    def ran(name: str) -> Told:
        if name == "digits":
            pytest.importorskip("sklearn")
        return told(name)

    return ran


@EVERY_ONE
def test_a_demo_names_the_pictures_that_it_writes(name: str, ran: Run) -> None:
    shown, folder = ran(name).shown, ran(name).pictures
    assert [path.name for path in folder.parent.iterdir()] == ["demo_pictures"]
    assert sorted(path.name for path in folder.glob("*.svg")) == PICTURES[name]
    for picture in PICTURES[name]:
        assert f"\n{(folder / picture).resolve()}\n" in shown
        assert ElementTree.parse(folder / picture).getroot().findall(".//{*}path"), "an empty picture"


@EVERY_ONE
def test_a_demo_shows_the_same_numbers_in_both_languages(name: str) -> None:
    english, chinese = (read_cells(find_script(name), lang) for lang in ("en", "zh"))
    for original, translation in zip(english, chinese, strict=True):
        found = [sorted(re.findall(r"\d+\.\d+", cell.title + cell.text)) for cell in (original, translation)]
        assert found[0] == found[1], original.title


@EVERY_ONE
def test_what_a_demo_leaves_to_the_reader_can_be_typed(name: str, ran: Run) -> None:
    namespace = dict(ran(name).found)
    for lang in ("en", "zh"):
        paragraphs = read_cells(find_script(name), lang)[-1].text.split("\n\n")
        snippets = [text for text in paragraphs if all(line[:4] == "    " for line in text.split("\n"))]
        assert snippets, "a demo ends with something to try"
        if lang == "en":
            for snippet in snippets:
                exec(textwrap.dedent(snippet), namespace)
            typed = snippets
    assert snippets == typed


@EVERY_ONE
def test_a_demo_names_others_that_exist(name: str) -> None:
    for cell in read_cells(find_script(name)):
        if cell.is_prose:
            assert set(re.findall(r"demo,? `(\w+)`", cell.text)) <= set(known_scripts())


# --- what each of them finds ---


def test_vanishing_prints_the_table_of_ten_layers(ran: Run) -> None:
    found, shown = ran("vanishing").found, ran("vanishing").shown
    printed = re.findall(r"da10/da\d = (\S+)\n", shown)
    assert printed == ["0.250000", "0.062500", "0.015625", "0.003906", "0.000977",
                       "0.000244", "0.000061", "0.000015", "0.000004", "0.000001"]  # fmt: skip
    assert found["eighths"][-1] == 9.313225746154785e-10
    assert "\n9.313225746154785e-10\n" in shown


def test_vanishing_shows_that_the_first_layers_stay_and_the_loss_stands_still(ran: Run) -> None:
    found = ran("vanishing").found
    assert found["report"].verdict == "vanishing"
    assert all(a < b for a, b in zip(found["moved"], found["moved"][1:], strict=False))
    assert found["moved"][0] < 1e-5
    assert found["losses"][-1] == pytest.approx(found["guessing"], rel=0.01)


def test_exploding_goes_to_1024_then_to_inf_and_to_nan(ran: Run) -> None:
    found, shown = ran("exploding").found, ran("exploding").shown
    assert re.findall(r"da10/da\d = (\S+)\n", shown) == [str(2**k) for k in range(1, 11)]
    assert found["losses"][0] == 1046529.0
    assert [math.isfinite(loss) for loss in found["losses"]] == [True, True, False, False, False]
    assert math.isinf(found["losses"][2]) and math.isnan(found["losses"][4])
    assert list(found["symptoms"].values()) == [True] * 4


def test_exploding_raises_three_alarms(ran: Run) -> None:
    found, shown = ran("exploding").found, ran("exploding").shown
    assert found["history"].stopped and found["history"].stopped in shown
    assert re.search(r"step 2: .* of 0.* 1\.05e\+06 .* 4\.82e\+76", found["monitor"].alarms[0].replace("\n", " "))
    assert "07_exploding.py:" in str(found["anomaly"]), "the line of the reader's own code"
    assert found["report"].verdict == "exploding"


def test_exploding_rides_a_roller_coaster_before(ran: Run) -> None:
    found = ran("exploding").found
    calm, ride, blast = found["coaster"].values()
    assert all(b < a for a, b in zip(calm, calm[1:], strict=False))
    assert found["rises"] == sum(b > a for a, b in zip(ride, ride[1:], strict=False)) > 5
    assert all(1e-6 < loss < 10 for loss in ride)
    assert not math.isfinite(blast[-1])


def test_vanishing_and_exploding_ask_why(ran: Run) -> None:
    assert "da10/da0 = 9.313e-10: vanished\n" in ran("vanishing").shown
    assert "da10/da0 = 1024: exploded\n" in ran("exploding").shown


def test_remedies_stands_bold_steps_with_batch_normalization_and_settles_with_a_schedule(ran: Run) -> None:
    found = ran("remedies").found
    assert found["bold"][True] < 0.01 and found["bold"][False] > 1.0
    assert found["rides"][1.0][-1] > 1e-3 > 1e-20 > found["rides"][0.7][-1]


def test_remedies_measures_each_with_and_without(ran: Run) -> None:
    found = ran("remedies").found
    reaches = {name: parts[-1] for name, parts in (found["lines"] | found["through"]).items()}
    for without, with_it in [
        ("sigmoid", "ReLU"),
        ("sigmoid", "sigmoid + x"),
        ("sigmoid", "sigmoid, BN"),
        ("tanh, std 0.01", "tanh, Xavier"),
        ("RNN", "LSTM, f = 0.95"),
        ("RNN", "GRU, z = 0.95"),
    ]:
        assert reaches[with_it] > 1e4 * reaches[without], with_it
    assert reaches["ReLU, std 1.0"] > 1e3 * reaches["ReLU"]
    assert found["hundred"][True] > 1e80 * found["hundred"][False]
    assert math.isclose(reaches["ReLU, std 0.1, BN"], reaches["ReLU, std 1.0, BN"], rel_tol=0.5)


def test_learn_odd_even_tells_what_can_be_learned_and_what_cannot(ran: Run) -> None:
    results = ran("learn_odd_even").found["results"]
    assert results["ReLU(x)"][0] <= 0.55 and results["ReLU(x)"][1] == 0.5
    assert results["ReLU(x0, x1, ...)"] == (1.0, 1.0)
    assert results["sin(x), w = 3"] == (1.0, 1.0)
    assert results["sin(x), w = 1"][1] < 0.6


def test_learn_odd_even_tests_on_numbers_that_were_not_trained_on(ran: Run) -> None:
    found = ran("learn_odd_even").found
    assert not set(found["seen"]) & set(found["unseen"])
    assert not set(found["some"]) & set(found["others"])
    assert (len(found["some"]), len(found["others"])) == (50, 974)


def test_learn_odd_even_represents_parity_by_one_sine(ran: Run) -> None:
    neuron = ran("learn_odd_even").found["neuron"]
    assert all(abs(0.5 + 0.5 * neuron([n]).data - n % 2) < 1e-12 for n in range(-1000, 1000))


def test_moons_shows_what_a_straight_border_and_what_neurons_can_do(ran: Run) -> None:
    found = ran("moons").found
    assert found["known"] == 0.89
    assert round(found["film_straight"].losses[-1], 2) == 0.27
    assert found["shares"] == {1: 0.89, 2: 0.93, 4: 1.0, 8: 1.0}
    assert found["accuracy"](found["models"][8], found["unseen"], found["new_answers"]) > 0.99
    losses = found["films"][8].losses
    assert 0.0 < losses[12] - losses[28] < 0.03 < 0.25 < losses[28], "the loss hardly falls for some steps"
    assert losses[80] < 0.02


def test_films_show_what_one_relu_cannot_do_and_what_relu_changes(ran: Run) -> None:
    film = ran("learn_odd_even").found["film"]
    assert re.search(r"1[01] of 20 right", film.svg)
    losses = {name: film.losses for name, film in ran("remedies").found["films"].items()}
    assert losses["Sigmoid"][-1] > 0.3 > 0.01 > losses["ReLU"][-1]


def test_digits_learns_pictures_that_it_has_not_seen(ran: Run) -> None:
    found = ran("digits").found
    assert not set(found["train"]) & set(found["test"])
    assert found["history"].metrics[-1] > 0.85
    assert len(found["monitor"].history["layers.0"]) == len(found["norms"]) == 150
    assert max(found["norms"]) > 1.0, "there was something to clip"
    assert (ran("digits").pictures / "11_digits.json").is_file()


def test_digits_draws_its_own_pictures_where_scikit_learn_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    stepper = Stepper("digits", {})
    while "pictures" not in stepper.namespace:
        stepper.step()
    found = stepper.namespace
    assert "\npip install scikit-learn\n" in capsys.readouterr().out
    assert (len(found["pictures"]), len(found["labels"])) == (1000, 1000)
    assert all(len(p) == 64 and all(0.0 <= x <= 1.0 for x in p) for p in found["pictures"])
    assert found["train"] and not set(found["train"]) & set(found["test"])


def test_microgpt_reads_names_in_lower_case_none_of_them_twice(ran: Run) -> None:
    found = ran("microgpt").found
    assert len(set(found["names"])) == len(found["names"]) == 713
    assert all(re.fullmatch("[a-z]+", name) for name in found["names"])
    assert (len(found["unseen"]), len(found["seen"])) == (60, 653)
    assert sum(1 for step in range(len(found["losses"])) if step >= 653) == 347


def test_microgpt_beats_the_table_of_pairs_on_names_that_it_has_not_seen(ran: Run) -> None:
    found = ran("microgpt").found
    assert found["before"] == pytest.approx(3.31, abs=0.005)
    new, seen, heliu, helu = found["measured"]["GPT"]
    assert (new, seen) == pytest.approx((2.49, 2.40), abs=0.01)
    assert (heliu, helu) == pytest.approx((0.92, 0.10), abs=0.02)
    new, seen, heliu, helu = found["measured"]["pairs"]
    assert (new, seen) == pytest.approx((2.58, 2.50), abs=0.005)
    assert heliu == helu == pytest.approx(0.33, abs=0.005)


def test_microgpt_explains_the_share_of_a_head_that_looks_for_the_i(ran: Run) -> None:
    found, shown = ran("microgpt").found, ran("microgpt").shown
    share, scores = found["share"], [score.data for score in found["share"].parents]
    assert share.data == pytest.approx(0.96, abs=0.01)
    assert sum(s.data for s in found["head"].shares(found["xs"])[-1]) == pytest.approx(1.0)
    assert scores[4] == pytest.approx(4.8, abs=0.05) and sorted(scores)[-2] < 2.0
    assert "share = softmax(s_edge, s_h, s_e, s_l, s_i, s_u)[4]" in shown
    assert "backward() finds the same." in shown and "with all paths (6)" in shown


def test_microgpt_invents_names_that_are_longer_than_those_of_the_table(ran: Run) -> None:
    found = ran("microgpt").found
    by_network, by_pairs = found["by_network"], found["by_pairs"]
    assert sum(name.endswith("ium") for name in by_network) == 3
    assert min(map(len, by_network)) >= 3 and sum(len(name) < 3 for name in by_pairs) >= 5
    assert not set(by_network) & set(found["names"])


def test_microgpt_makes_a_page_of_its_loss(ran: Run) -> None:
    page = ran("microgpt").pictures / "15_microgpt_loss.html"
    assert f"\n{page.resolve()}\n" in ran("microgpt").shown
    assert "more than two inputs, so the loss alone is shown" in page.read_text(encoding="utf-8")


def test_microgpt_learns_alike_if_its_steps_are_compiled_with_a_recording_for_each_length(ran: Run) -> None:
    found = ran("microgpt").found
    losses = {}
    for name in ("eager", "compiled"):
        model = copy.deepcopy(found["model"])
        optimizer, loss = optim.Adam(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
        step, losses[name] = training_step(model, loss, optimizer), []
        for tokens in map(found["tokens_of"], ["tin", "lead", "gold", "zinc", "don", "lyra", "ara", "iron"]):
            if name == "compiled":
                losses[name].append(step(tokens[:-1], tokens[1:]))
            else:
                value = loss(model(tokens[:-1]), tokens[1:])
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                losses[name].append(value.data)
    assert losses["compiled"] == pytest.approx(losses["eager"], rel=1e-12)
    stats = step.stats()
    assert (stats.recordings, stats.compiled) == (2, 4)


def test_the_program_that_compile_shows_runs_by_itself_and_finds_the_same_gradient(ran: Run) -> None:
    found, space = ran("compile").found, dict[str, Any]()
    exec(found["code"], space)
    value, *slopes = space["loss"](*found["w"], 3.0, 1.0)
    assert (value, slopes) == found["eager"](found["w"], 3.0, 1.0)
    assert found["hill_code"].count("return v2") == 2
