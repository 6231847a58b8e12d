"""The player in a real browser: driven by mouse and by keyboard, step by step, without a network."""

import re
from pathlib import Path

import pytest
from player_tab import HOSTILE, expected_digits, state, wait_for_step, wait_until
from test_view_steps import odd_even

import autograd
from autograd import Value
from autograd.graph import topological_order
from autograd.view import backward_steps

pytestmark = pytest.mark.slow


def test_every_step_forwards_and_back_by_keyboard_says_what_the_engine_does(page, visit):
    output = odd_even()
    tab = visit(page(output).path)
    steps = list(backward_steps(output))
    place = {node: i for i, node in enumerate(topological_order(output))}
    seen = [state(tab)]
    assert seen[0]["line"] == "L = ?"
    assert [box[1:] for box in seen[0]["boxes"] if box[2] == "?"] == [
        [node.label, "?", ""] for node in place if node.op is not None
    ]
    for i, step in enumerate(steps, start=1):
        tab.keyboard.press("ArrowRight")
        seen.append(state(tab))
        assert seen[i]["line"] == str(step)
        assert seen[i]["position"] == f"{i} of {len(steps)}"
        hot = [edge[0] for edge in seen[i]["edges"] if "ward" in edge[1]]
        if step.kind == "forward":
            assert seen[i]["boxes"][place[step.node]][2] == f"{step.node.data:.4g}"
            assert {edge.split(".")[0] for edge in hot} == {str(place[step.node])}
            assert len(hot) == len(step.node.parents)
        elif step.kind == "backward":
            assert seen[i]["boxes"][place[step.parent]][3] == f"{step.accumulated:.4g}"
            assert hot == [f"{place[step.node]}.{step.index}"]
    assert seen[-1]["digits"] == expected_digits(output)
    for i in reversed(range(len(steps))):
        tab.keyboard.press("ArrowLeft")
        assert state(tab) == seen[i]


def test_every_step_forwards_and_back_by_mouse(page, visit):
    output = odd_even()
    tab = visit(page(output).path)
    lines = ["L = ?", *map(str, backward_steps(output))]
    for line in lines[1:]:
        tab.click("#next")
        assert tab.text_content("#equation") == line
    assert state(tab)["digits"] == expected_digits(output)
    for line in reversed(lines[:-1]):
        tab.click("#previous")
        assert tab.text_content("#equation") == line
    tab.click("#last")
    assert tab.text_content("#equation") == lines[-1]
    tab.click("#first")
    assert tab.text_content("#equation") == lines[0]
    for i in (9, 3, 22):
        tab.click(f"#steps li:nth-child({i + 1}) button")
        assert tab.text_content("#equation") == lines[i]


def test_the_slider_goes_to_any_step_and_speaks_it(page, visit):
    output = odd_even()
    tab = visit(page(output).path)
    lines = ["L = ?", *map(str, backward_steps(output))]
    for i in (5, 17, 0, 22, 9):
        tab.fill("#slider", str(i))
        assert tab.text_content("#equation") == lines[i]
        assert tab.get_attribute("#slider", "aria-valuetext").endswith(f". {i} of 22. {lines[i]}")
    tab.focus("#slider")
    for key, i in (("ArrowRight", 10), ("ArrowLeft", 9), ("ArrowUp", 10), ("End", 22), ("Home", 0)):
        tab.keyboard.press(key)
        assert tab.text_content("#equation") == lines[i]


@pytest.mark.parametrize("start", ["mouse", "keyboard"])
def test_play_runs_to_the_end_pauses_and_starts_again(page, visit, start):
    tab = visit(page().path)
    tab.select_option("#speed", "200")
    tab.evaluate("document.activeElement.blur()")

    def press():
        tab.click("#play") if start == "mouse" else tab.keyboard.press("Space")

    assert tab.inner_text("#play").strip() == "Play"
    press()
    assert tab.inner_text("#play").strip() == "Pause"
    wait_for_step(tab, 3)
    press()
    paused = tab.input_value("#slider")
    assert tab.inner_text("#play").strip() == "Play"
    tab.wait_for_timeout(500)
    assert tab.input_value("#slider") == paused
    press()
    wait_for_step(tab, 22)
    assert tab.inner_text("#play").strip() == "Play"
    press()
    assert tab.input_value("#slider") == "0"


def test_home_end_and_arrows_work_wherever_the_focus_is(page, visit):
    tab = visit(page().path)
    for place in ("#stage", "#first", "#play", "#language", "#slider", "#all-steps summary", "#steps button"):
        tab.focus(place)
        for key, step in (("End", "22"), ("ArrowLeft", "21"), ("Home", "0"), ("ArrowRight", "1"), ("ArrowLeft", "0")):
            tab.keyboard.press(key)
            assert tab.input_value("#slider") == step, place


def test_the_keys_of_a_focused_control_stay_its_own(page, visit):
    tab = visit(page().path)
    tab.focus("#next")
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    assert tab.input_value("#slider") == "2"
    assert tab.inner_text("#play").strip() == "Play"
    tab.focus("#all-digits summary")
    tab.keyboard.press("Space")
    assert tab.evaluate("document.getElementById('all-digits').open")


def test_an_impatient_user_gets_what_was_asked_for_last(page, visit):
    tab = visit(page().path)
    tab.dblclick("#next")
    assert tab.input_value("#slider") == "2"
    tab.dblclick("#play")
    assert tab.inner_text("#play").strip() == "Play"
    for _ in range(60):
        tab.keyboard.down("ArrowRight")  # held down, it repeats
    tab.keyboard.up("ArrowRight")
    assert tab.input_value("#slider") == "22"
    tab.click("#first")
    tab.select_option("#speed", "200")
    tab.click("#play")
    wait_for_step(tab, 2)
    track = tab.locator("#slider").bounding_box()
    middle = track["y"] + track["height"] / 2
    tab.mouse.move(track["x"] + 20, middle)
    tab.mouse.down()
    tab.mouse.move(track["x"] + track["width"] / 2, middle, steps=5)
    tab.mouse.up()
    assert tab.inner_text("#play").strip() == "Play" and tab.input_value("#slider") == "11"
    tab.wait_for_timeout(500)
    assert tab.input_value("#slider") == "11"


def test_a_language_chosen_while_it_plays_does_not_stop_it(page, visit):
    tab = visit(page().path)
    tab.select_option("#speed", "200")
    tab.click("#play")
    wait_for_step(tab, 2)
    tab.click("#language")
    assert tab.inner_text("#play").strip() == "暂停"
    assert tab.input_value("#slider") != "0" and "步" in tab.text_content("#position")
    wait_for_step(tab, 22)
    assert tab.inner_text("#play").strip() == "播放"


def test_tab_reaches_every_control_each_with_a_name_and_a_visible_focus(page, visit):
    tab = visit(page().path)
    reached = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        focus = tab.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.id, e.getAttribute("aria-label") || e.textContent.trim(), s.outlineStyle, s.outlineWidth]; }"""
        )
        reached.append(focus[0])
        assert focus[1] and focus[2] == "solid" and focus[3] == "3px", focus
    order = ["language", "stage", "first", "previous", "play", "next", "last", "slider", "speed"]
    assert [name for name in reached if name in order] == order


def test_a_screen_reader_is_told_each_step_politely(page, visit):
    tab = visit(page().path)
    line = tab.locator("#line")
    assert line.get_attribute("role") == "status" and line.get_attribute("aria-live") == "polite"
    assert tab.get_by_role("slider", name="Step").count() == 1
    for name in ("First step", "Step back", "Play", "Step forward", "Last step", "中文"):
        assert tab.get_by_role("button", name=name, exact=True).count() == 1, name
    assert tab.get_by_role("region", name=re.compile("Computation graph")).count() == 1
    assert tab.get_by_role("heading", name="Backpropagation, step by step").count() == 1


def test_the_accessibility_tree_tells_the_step_and_leaves_the_picture_out(page, visit):
    tab = visit(page().path)
    tab.keyboard.press("ArrowRight")
    tree = tab.locator("body").aria_snapshot()
    assert "status:" in tree and "p1 = w1 × x = 0.5 × 3 = 1.5" in tree.split("status:")[1].split("group")[0]
    assert 'button "Play"' in tree and 'slider "Step"' in tree and 'combobox "Speed"' in tree
    assert tab.locator("#stage").aria_snapshot().count("\n") == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_opens_in_the_language_asked_for_and_has_the_other_one(page, visit, lang):
    tab = visit(page(lang=lang).path)
    tab.keyboard.press("End")
    shown = {}
    for _ in range(2):
        shown[tab.get_attribute("html", "lang")] = tab.title(), tab.text_content("#words")
        tab.click("#language")
    assert next(iter(shown)) == {"en": "en", "zh": "zh-CN"}[lang]
    assert shown["en"][0] == "Backpropagation, step by step" and "x changes L by way of p1" in shown["en"][1]
    assert shown["zh-CN"][0] == "反向传播，一步一步看" and "x 通过 p1 影响 L" in shown["zh-CN"][1]
    assert tab.get_attribute("html", "lang") == next(iter(shown))


def test_several_paths_add_up_and_a_gradient_that_is_not_complete_looks_so(page, visit):
    x = Value(3.0, "x")
    tab = visit(page((x * x).named("y")).path)
    tab.fill("#slider", "3")
    before = state(tab)
    tab.keyboard.press("ArrowRight")
    after = state(tab)
    assert before["boxes"][0][3] == "3" and "complete" not in before["boxes"][0][0]
    assert after["boxes"][0][3] == "6" and "complete" in after["boxes"][0][0]
    assert "one more path from x to y" in after["words"]
    assert [edge[1].endswith("backward") for edge in after["edges"]] == [False, True]


def test_the_formula_of_a_local_derivative_is_given_where_it_is_more_than_a_number(page, visit):
    tab = visit(page().path)
    for step, rule in ((10, "2 × e"), (13, "a2 × (1 − a2)"), (16, "a1")):
        tab.fill("#slider", str(step))
        assert f"That local derivative is {rule}." in tab.text_content("#words")
    tab.fill("#slider", "11")
    assert "That local derivative" not in tab.text_content("#words")


def test_a_dead_relu_is_said_to_block(page, visit):
    tab = visit(page((Value(-1.0, "x").relu().named("a") * 2).named("y")).path)
    tab.keyboard.press("End")
    assert "The local derivative is 0: nothing gets through here." in tab.text_content("#words")


def test_a_hook_is_a_step_of_its_own(page, visit):
    x = Value(2.0, "x")
    z = (3 * x).named("z")
    z.register_hook(lambda gradient: gradient * 10)
    tab = visit(page((z * z).named("y")).path)
    tab.get_by_role("button", name="dy/dz = 120 after a hook, before it 12").click()
    assert tab.text_content("#words") == "A hook replaces the gradient of z."
    tab.keyboard.press("End")
    assert state(tab)["digits"][0] == ["x", "2.0", "360.0"]


def test_an_output_that_nothing_computed_is_a_page_too(page, visit):
    tab = visit(page(Value(2.0, "x")).path)
    tab.keyboard.press("ArrowRight")
    assert tab.text_content("#equation") == "dx/dx = 1"
    assert state(tab)["digits"] == [["x", "2.0", "1.0"]]


def test_hostile_labels_are_shown_as_text_and_do_nothing(page, visit):
    output = autograd.sum([Value(1.0, label) for label in HOSTILE]).named(HOSTILE[0])
    tab = visit(page(output).path)
    plain = page(autograd.sum([Value(1.0, "a") for _ in HOSTILE]))
    tags = visit(plain.path).evaluate("[...document.querySelectorAll('*')].map(e => e.tagName)")
    lines = list(map(str, backward_steps(output)))
    for line in lines:
        tab.keyboard.press("ArrowRight")
        assert tab.text_content("#equation").split() == line.split()  # a terminal's lines are broken
    assert tab.title() == "Backpropagation, step by step"
    names = {row[0] for row in state(tab)["digits"]}
    assert {label for label in HOSTILE if label.isprintable() and label.strip()} <= names
    kept = {"SCRIPT", "IMG", "STYLE", "IFRAME"}
    found = tab.evaluate("[...document.querySelectorAll('*')].map(e => e.tagName)")
    assert [tag for tag in found if tag in kept] == [tag for tag in tags if tag in kept]
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_policy_stops_whatever_would_be_injected_or_fetched(page, visit):
    tab = visit(page().path)
    blocked = tab.evaluate(
        """async () => {
            const seen = [];
            addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.injected = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/x.png";
            document.body.append(image);
            await fetch("http://127.0.0.1:9/").catch(() => {});
            const link = document.createElement("div");
            document.body.append(link);
            link.setAttribute("style", "color: red");
            await new Promise((done) => setTimeout(done, 100));
            return [seen, window.injected === true, getComputedStyle(link).color];
        }"""
    )
    assert {"script-src-elem", "img-src", "connect-src", "style-src-attr"} <= set(blocked[0])
    assert blocked[1] is False and blocked[2] != "rgb(255, 0, 0)"
    assert all("policy" in text.lower() or "127.0.0.1:9" in text for text in tab.complaints)
    tab.complaints.clear()


def in_notebook(tmp_path, shown: str, look: str = "") -> Path:
    host = tmp_path / "notebook.html"
    host.write_text(f"<!doctype html><meta charset='utf-8'><body {look}>{shown}", encoding="utf-8")
    return host


def test_in_a_notebook_the_page_plays_and_cannot_reach_the_notebook(page, visit, tmp_path):
    tab = visit(in_notebook(tmp_path, page()._repr_html_()))
    frame = tab.frames[1]
    frame.click("#next")
    assert frame.text_content("#equation") == "p1 = w1 × x = 0.5 × 3 = 1.5"
    tab.keyboard.press("End")
    assert frame.input_value("#slider") == "22"
    assert (
        frame.evaluate("(() => { try { return parent.document.title; } catch { return 'refused'; } })()") == "refused"
    )
    assert tab.is_hidden("img") and tab.is_hidden("text=trust the notebook")


def test_in_a_notebook_the_page_has_its_theme_also_after_a_change_and_else_that_of_the_system(page, visit, tmp_path):
    theme = "document.documentElement.dataset.theme"
    tab = visit(in_notebook(tmp_path, page()._repr_html_(), "style='color:#eee'"), color_scheme="light")
    frame = tab.frames[1]
    wait_until(tab, f"{theme} === 'dark'", frame)
    tab.evaluate("document.body.style.color = '#222'")
    wait_until(tab, f"{theme} === 'light'", frame)
    alone = visit(page().path, color_scheme="dark")
    assert alone.evaluate(theme) == "dark"
    alone.emulate_media(color_scheme="light")
    wait_until(alone, f"{theme} === 'light'")
    alone.evaluate("postMessage('<b>', '*')")
    assert alone.evaluate(theme) == "light"


def test_a_page_fits_again_if_its_room_changes_without_its_window(page, visit):
    """JupyterLab moves the output of a cell, so that the page may load before it has a place."""
    tab = visit(page().path, width=1280, height=720, reduced_motion="reduce")
    shown = "document.querySelector('.graph:not([hidden])').getBoundingClientRect().width"
    assert tab.evaluate(shown) > 1100
    tab.evaluate("document.body.style.width = '900px'")
    wait_until(tab, f"{shown} < 900 && {shown} > 700")
