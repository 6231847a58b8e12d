"""The laboratory in a real browser: dials, steps of gradient descent, undo and the address, by mouse and keyboard."""

import math
import random
import re

import pytest
from player_tab import HOSTILE, state, wait_for_step
from test_view_player_driven import in_notebook
from test_view_program import GAMMA, random_graph
from test_view_steps import odd_even

import autograd
from autograd import Value, nn
from autograd.graph import reverse_sweep, topological_order
from autograd.view import backward_steps, play

pytestmark = pytest.mark.slow


def lines(tab) -> list[str]:
    return tab.evaluate("[...document.querySelectorAll('#steps button > :last-child')].map(e => e.textContent)")


def expected_lines(output) -> list[str]:
    return [str(step) for step in backward_steps(output)]


def leaves_of(output) -> dict[str, Value]:
    return {node.label: node for node in topological_order(output) if node.op is None}


def opened(tab):
    tab.click("#laboratory-toggle")
    return tab


def field(tab, name: str, kind: str = "number"):
    return tab.locator("#dials li", has=tab.get_by_text(name, exact=True)).locator(f"input[id^={kind}]")


def type_number(tab, name: str, text: str) -> None:
    field(tab, name).fill(text)
    field(tab, name).press("Enter")


def test_a_number_that_is_typed_changes_every_line_box_and_digit_as_a_new_page_would_have_them(page, visit, tmp_path):
    tab = opened(visit(page().path))
    type_number(tab, "w1", "-1.25")
    type_number(tab, "x", "0.5")
    changed = odd_even()
    for name, x in (("w1", -1.25), ("x", 0.5)):
        leaves_of(changed)[name].data = x
    fresh = odd_even_of({name: leaf.data for name, leaf in leaves_of(changed).items()})
    assert lines(tab)[1:] == expected_lines(fresh)
    new = visit(play(fresh, tmp_path / "new.html").path)
    new.keyboard.press("End")
    assert [box[1:] for box in state(tab)["boxes"]] == [box[1:] for box in state(new)["boxes"]]
    assert state(tab)["edges"] == state(new)["edges"]
    assert state(tab)["line"] == state(new)["line"] and "ReLU" in tab.text_content("#found")
    for step in range(22, -1, -3):
        for each in (tab, new):
            each.fill("#slider", str(step))
        assert state(tab)["line"] == state(new)["line"]


def odd_even_of(numbers: dict[str, float]) -> Value:
    v = {name: Value(x, name) for name, x in numbers.items()}
    z1 = ((v["w1"] * v["x"]).named("p1") + v["b1"]).named("z1")
    a1 = z1.relu().named("a1")
    z2 = ((v["w2"] * a1).named("p2") + v["b2"]).named("z2")
    return ((z2.sigmoid().named("a2") - v["y"]).named("e") ** 2).named("L")


@pytest.mark.parametrize("seed", range(30))
def test_every_slider_by_keyboard_and_by_mouse_gives_what_the_engine_gives(visit, tmp_path, seed):
    rng = random.Random(1000 + seed)
    leaves, compute = random_graph(rng, [round(rng.uniform(-1, 1), 2) for _ in range(3)], operations=5)
    tab = opened(visit(play(compute(leaves), tmp_path / "graph.html").path))
    for range_ in tab.locator("#dials input[type=range]").all():
        name = tab.evaluate("e => nodes[e.id.slice(5)].name", range_.element_handle())
        if rng.random() < 0.5:
            range_.focus()
            for key in ("ArrowRight", "PageUp", "ArrowLeft", "Home", "ArrowRight"):
                tab.keyboard.press(key)
        else:
            range_.scroll_into_view_if_needed()
            place = range_.bounding_box()
            tab.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
            tab.mouse.down()
            tab.mouse.move(place["x"] + place["width"] * rng.random(), place["y"] + place["height"] / 2, steps=3)
            tab.mouse.up()
        x = tab.evaluate("e => valueOf(e.id.slice(5))", range_.element_handle())
        leaf = next(leaf for leaf in leaves if leaf.label == name)
        leaf.data = x
        output = compute(leaves)
        gradients = reverse_sweep(output)
        found = [[float(cell) for cell in row[1:]] for row in state(tab)["digits"]]
        for node, (value, gradient) in zip(topological_order(output), found, strict=True):
            assert value == pytest.approx(node.data, rel=1e-12, abs=1e-300, nan_ok=True)
            assert gradient == pytest.approx(gradients[node], rel=1e-9, abs=1e-12, nan_ok=True)
    tab.click("#descend")
    tab.click("#reset")


def test_a_step_of_gradient_descent_is_that_of_the_engine_and_the_curve_has_the_losses(page, visit):
    tab = opened(visit(page().path))
    tab.fill("#rate", "0.5")
    numbers = {name: leaf.data for name, leaf in leaves_of(odd_even()).items()}
    losses = [odd_even().data]
    for _ in range(3):
        tab.click("#descend")
        output = odd_even_of(numbers)
        gradients = reverse_sweep(output)
        for name, leaf in leaves_of(output).items():
            numbers[name] -= 0.5 * gradients[leaf] if name[0] in "wb" else 0.0
        losses.append(odd_even_of(numbers).data)
    assert tab.evaluate("state.losses") == pytest.approx(losses, rel=1e-12)
    assert losses[-1] < losses[0]
    assert tab.locator("#curve svg").get_attribute("aria-label") == (
        f"L over 3 steps: from {losses[0]:.4g} to {losses[-1]:.4g}"
    )
    tab.locator("#dials li", has=tab.get_by_text("w1", exact=True)).locator("input[type=checkbox]").uncheck()
    before = tab.evaluate("state.inputs")
    tab.click("#descend")
    after = tab.evaluate("state.inputs")
    assert [key for key in before if before[key] == after[key]] == [
        tab.evaluate("String(nodes.findIndex(n => n.name === 'w1'))")
    ]


def test_undo_goes_back_a_change_at_a_time_and_reset_to_the_recording_which_can_be_undone(page, visit):
    tab = opened(visit(page().path))
    recorded = lines(tab)
    type_number(tab, "w1", "2")
    first = lines(tab)
    range_ = field(tab, "w2", "dial")
    range_.scroll_into_view_if_needed()
    place = range_.bounding_box()
    tab.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(place["x"] + 10, place["y"] + place["height"] / 2, steps=8)  # one change
    tab.mouse.up()
    second = lines(tab)
    tab.click("#reset")
    assert lines(tab) == recorded and tab.get_attribute("#reset", "aria-disabled") == "true"
    for expected in (second, first, recorded):
        tab.click("#undo")
        assert lines(tab) == expected
    assert tab.get_attribute("#undo", "aria-disabled") == "true"
    tab.click("#undo", force=True)
    assert lines(tab) == recorded


def test_the_address_keeps_the_numbers_and_gives_them_back(page, visit):
    tab = opened(visit(page().path))
    type_number(tab, "w1", "-0.5")
    type_number(tab, "x", "inf")
    assert tab.url.endswith("#w1=-0.5,x=inf") or tab.url.endswith("#x=inf,w1=-0.5")
    changed = lines(tab)
    tab.reload()
    assert lines(tab) == changed and tab.is_visible("#laboratory") and tab.input_value("#slider") == "22"
    tab.click("#reset")
    assert tab.url.endswith("#")
    tab.click("#laboratory-toggle")
    tab.evaluate("location.hash = 'w1=-0.5,x=inf'")
    tab.wait_for_selector("#laboratory", state="visible")
    assert lines(tab) == changed


@pytest.mark.parametrize(
    "fragment",
    ["w1", "w1=", "w1=abc", "w1=1=2", "L=3", "p1=3", "nobody=1", "%E0%A4%A=1", "w1=<img src=x onerror=alert(1)>",
     "__proto__=1", "constructor=1", "w1=0x10", ",,,=,", "w1=1e", "w1=١", "%00"],
)  # fmt: skip
def test_an_address_that_does_not_name_a_dial_and_a_number_changes_nothing(page, visit, fragment):
    player = page()
    plain = visit(player.path)
    tab = visit(player.path)
    tab.goto(f"{player.path.as_uri()}#{fragment}")
    tab.reload()
    assert lines(tab) == lines(plain) and tab.is_hidden("#laboratory")


def test_what_is_not_a_number_is_marked_and_changes_nothing(page, visit):
    tab = opened(visit(page().path))
    before = lines(tab)
    for text in ("", "abc", "1,5", "--1", "1e999x"):
        type_number(tab, "w1", text)
        assert field(tab, "w1").get_attribute("aria-invalid") == "true" and lines(tab) == before
    field(tab, "w2", "dial").press("ArrowRight")
    assert field(tab, "w1").get_attribute("aria-invalid") == "false" and field(tab, "w1").input_value() == "0.5"
    type_number(tab, "w1", " −1e-3 ")
    assert field(tab, "w1").get_attribute("aria-invalid") == "false" and lines(tab) != before


def test_the_page_says_which_operations_take_another_side(page, visit):
    tab = opened(visit(page().path))
    type_number(tab, "w1", "-3")
    assert "Another side is taken than in the recording by a1 (ReLU)." in tab.text_content("#found")
    assert "The local derivative is 0: nothing gets through here." in sentences_of(tab)
    type_number(tab, "w1", "3")
    assert "Another side" not in tab.text_content("#found")
    x = Value(2.0, "x")
    tab = opened(visit(page((abs(x) + autograd.maximum(x, 1.0)).named("y")).path))
    type_number(tab, "x", "-2")
    assert "(|x|)" in tab.text_content("#found") and "(maximum 1)" in tab.text_content("#found")


def sentences_of(tab) -> str:
    found = []
    for step in range(int(tab.get_attribute("#slider", "max")) + 1):
        tab.fill("#slider", str(step))
        found.append(tab.text_content("#words"))
    return " ".join(found)


def test_a_dial_above_a_function_of_the_user_is_off_and_says_why(page, visit):
    x, w = Value(4.0, "x"), Value(2.0, "w")
    tab = opened(visit(page((GAMMA(x) * w).named("y")).path))
    assert field(tab, "x").is_disabled() and field(tab, "x", "dial").is_disabled()
    assert "cannot compute gamma" in tab.text_content("#dials li:has(input:disabled)")
    type_number(tab, "w", "3")
    assert state(tab)["digits"][-1] == ["y", "18.0", "1.0"]
    tab.goto(tab.url.split("#")[0] + "#x=1")
    tab.reload()
    assert state(tab)["digits"][0][1] == "4.0"


def test_all_dials_are_off_if_a_hook_may_change_gradients(page, visit):
    x = Value(2.0, "x")
    z = (3 * x).named("z")
    z.register_hook(lambda gradient: gradient * 10)
    tab = opened(visit(page((z * z).named("y")).path))
    assert field(tab, "x").is_disabled() and "z has a hook" in tab.text_content("#dials")
    before = lines(tab)
    tab.click("#descend")
    assert lines(tab) == before


def test_keys_in_a_field_stay_its_own_and_dials_stop_the_player(page, visit):
    tab = opened(visit(page().path))
    tab.keyboard.press("End")
    field(tab, "w1").focus()
    for key in ("Home", "ArrowLeft", "Space"):
        tab.keyboard.press(key)
    assert tab.input_value("#slider") == "22"
    tab.click("#first")
    tab.select_option("#speed", "200")
    tab.click("#play")
    wait_for_step(tab, 2)
    field(tab, "w1", "dial").press("ArrowRight")
    assert tab.inner_text("#play").strip() == "Play"


def test_a_dial_that_is_turned_at_the_start_shows_all_numbers(page, visit):
    tab = opened(visit(page().path))
    field(tab, "w1", "dial").press("ArrowRight")
    assert tab.input_value("#slider") == "22"
    tab.fill("#slider", "5")
    field(tab, "w1", "dial").press("ArrowRight")
    assert tab.input_value("#slider") == "5"


def test_a_leaf_in_the_picture_opens_its_dial(page, visit):
    tab = visit(page().path)
    tab.click(".graph.lr .leaf >> nth=1")
    assert tab.evaluate("document.activeElement.closest('#dials li') !== null")


def test_in_a_notebook_the_laboratory_works_though_its_frame_has_no_address(page, visit, tmp_path):
    tab = visit(in_notebook(tmp_path, page()._repr_html_()))
    frame = tab.frames[1]
    frame.click("#laboratory-toggle")
    tab.keyboard.press("End")
    before = frame.text_content("#digits")
    frame.click("#descend")
    assert frame.text_content("#digits") != before and "recorded" in frame.text_content("#found")
    frame.click("#undo")
    assert frame.text_content("#digits") == before


def test_a_large_network_follows_a_dial_at_once(page, visit):
    model = nn.MLP(4, [16, 16, 4], seed=0)
    tab = opened(visit(page(autograd.logsumexp(model([1.0, 2.0, 3.0, 4.0]))).path))
    times = tab.evaluate(
        """() => [1, 2, 3, 4, 5].map((k) => { const start = performance.now(), dial = dials[3];
        dial.range.value = k / 10; dial.range.dispatchEvent(new Event("input")); document.body.offsetHeight;
        return performance.now() - start; })"""
    )
    assert min(times) < 500


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 640), (828, 576), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_laboratory_fits_its_window_with_a_dial_the_step_and_the_controls_in_sight(
    page, visit, width, height, lang, scheme
):
    tab = opened(visit(page(lang=lang).path, width=width, height=height, color_scheme=scheme, reduced_motion="reduce"))
    tab.click("#descend")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(
        "document.getElementById('laboratory').scrollWidth <= document.getElementById('laboratory').clientWidth"
    )
    assert tab.locator("#stage").bounding_box()["height"] >= 120
    for place in ("#controls", "#found") if width >= 390 else ():
        box = tab.locator(place).bounding_box()
        assert box["y"] >= 0 and box["y"] + (box["height"] if place == "#controls" else 0) <= height


def test_every_control_of_the_laboratory_has_a_name_and_changes_are_told(page, visit):
    tab = opened(visit(page().path))
    for role, name in (
        ("slider", "w1"), ("textbox", "w1, number"), ("checkbox", "w1 learns"), ("textbox", "Learning rate"),
        ("button", "One step of gradient descent"), ("button", "Undo"), ("button", "Reset"),
    ):  # fmt: skip
        assert tab.get_by_role(role, name=name, exact=True).count() == 1, name
    assert tab.get_attribute("#found", "aria-live") == "polite"
    assert tab.get_by_role("button", name="Laboratory").get_attribute("aria-expanded") == "true"
    tab.click("#laboratory-toggle")
    assert tab.is_hidden("#laboratory")


def test_hostile_names_are_text_in_the_laboratory_and_in_the_address(page, visit):
    output = autograd.sum([Value(1.0, label) for label in HOSTILE]).named("y")
    tab = opened(visit(page(output).path))
    for digits in tab.locator("#dials input[type=text]").all()[:6]:
        digits.fill("2.5")
        digits.press("Enter")
    changed = lines(tab)
    tab.reload()
    assert lines(tab) == changed
    assert re.search(r"#[\w%.~!*'()=,-]+$", tab.url) and math.isfinite(tab.evaluate("valueOf(output)"))


# --- comparisons in the user's program ---


def clipped_square(x: Value, limit: Value) -> Value:
    y = x * x
    if y > limit:
        y = y * 0.5
    return (y + max(x, limit)).named("L")


def test_a_comparison_of_the_users_program_that_comes_out_differently_is_named_with_its_line(visit, tmp_path):
    x, limit = Value(2.0, "x"), Value(3.0, "limit")
    path = play(lambda: clipped_square(x, limit), tmp_path / "x.html", lang="en").path
    tab = opened(visit(path))
    assert "branch" not in tab.text_content("#found") and tab.text_content("#comparisons") == ""
    type_number(tab, "limit", "3.5")
    assert "branch" not in tab.text_content("#found")
    type_number(tab, "limit", "4.5")
    assert "another branch" in tab.text_content("#found")
    assert "if y > limit:" in tab.text_content("#found") and "max(x, limit)" not in tab.text_content("#found")
    type_number(tab, "x", "5.0")
    assert "max(x, limit)" in tab.text_content("#found") and "if y" not in tab.text_content("#found")


def test_a_page_of_a_value_says_that_comparisons_are_not_followed(visit, tmp_path):
    path = play(clipped_square(Value(2.0, "x"), Value(3.0, "limit")), tmp_path / "x.html", lang="zh").path
    assert "if a > b" in opened(visit(path)).text_content("#comparisons")


def test_play_takes_a_function_that_returns_a_value_and_nothing_else(tmp_path):
    with pytest.raises(TypeError, match="play takes a function that returns a Value, but its result is 3 of type int"):
        play(lambda: 3, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_a_comparison_with_a_number_that_the_page_cannot_compute_is_left_out(tmp_path):
    x = Value(2.0, "x")

    def program() -> Value:
        assert 3 * x > 1 and x > 0 and bool(x)  # the product is no part of the result
        return (x * x).named("L")

    page = play(program, tmp_path / "x.html").html
    assert page.count('"relation"') == 2
