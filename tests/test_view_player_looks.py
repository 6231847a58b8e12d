"""How the player looks: on every screen, in every colour scheme, on paper; nothing covered, cut off or in motion."""

import pytest
from player_tab import wait_for_step

import autograd
from autograd import Value, nn

pytestmark = pytest.mark.slow


SCREENS = [(320, 640), (390, 844), (768, 860), (1024, 600), (1280, 720), (1920, 1080), (640, 430), (844, 390)]
NOTEBOOKS = [(572, 480), (828, 576)]  # the iframe in JupyterLab on screens of 1024x600 and 1280x720


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), SCREENS + NOTEBOOKS)
def test_every_sentence_and_the_controls_are_whole_and_in_sight_and_nothing_jumps(page, visit, width, height, lang):
    tab = visit(page(lang=lang).path, width=width, height=height, reduced_motion="reduce")
    places = set()
    for step in range(23):
        tab.fill("#slider", str(step))
        cut = tab.evaluate("""() => ["#caption", "#equation", "#words"].filter(part => {
            const e = document.querySelector(part);
            return e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth;
        })""")
        assert cut == []
        words, controls = tab.locator("#words").bounding_box(), tab.locator("#controls").bounding_box()
        assert words["y"] + words["height"] <= controls["y"]
        assert controls["y"] + controls["height"] <= height
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.locator("#stage").bounding_box()["height"] >= 120
        places.add((words["y"], controls["y"]))
    assert len(places) == 1


@pytest.mark.parametrize(("width", "height"), SCREENS + NOTEBOOKS)
def test_the_boxes_of_a_step_are_in_sight(page, visit, width, height):
    tab = visit(page().path, width=width, height=height, reduced_motion="reduce")
    assert tab.locator(".graph:visible").count() == 1
    for _ in range(22):
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate(
            """() => { const stage = document.getElementById("stage").getBoundingClientRect();
            return [...document.querySelectorAll(".node.forward, .node.backward")].map(e => e.getBoundingClientRect())
                .filter(r => r.width).every(r => r.left >= stage.left && r.right <= stage.right
                    && r.top >= stage.top - 1 && r.bottom <= stage.bottom + 1); }"""
        )


@pytest.mark.parametrize(
    ("width", "height", "form"), [(1280, 720, "lr"), (1920, 1080, "lr"), (828, 576, "lr"), (768, 860, "tb")]
)
def test_the_picture_is_shown_whole_in_the_form_that_is_larger_then(page, visit, width, height, form):
    tab = visit(page().path, width=width, height=height)
    stage, graph = tab.locator("#stage").bounding_box(), tab.locator(".graph:visible").bounding_box()
    assert tab.is_visible(f".graph.{form}")
    assert stage["x"] <= graph["x"] and graph["x"] + graph["width"] <= stage["x"] + stage["width"]
    assert stage["y"] <= graph["y"] and graph["y"] + graph["height"] <= stage["y"] + stage["height"]
    assert tab.evaluate("""() => { const stage = document.getElementById("stage");
        return stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight; }""")


def test_where_two_boxes_are_too_far_apart_the_one_that_receives_is_in_sight(page, visit):
    model = nn.MLP(3, [8, 8, 1], seed=0)
    tab = visit(page(model([1.0, 2.0, 3.0])).path, width=900, height=600, reduced_motion="reduce")
    steps = int(tab.get_attribute("#slider", "max"))
    for step in range(1, steps + 1, 7):
        tab.fill("#slider", str(step))
        assert tab.evaluate(
            """() => { const stage = document.getElementById("stage").getBoundingClientRect();
            return [...document.querySelectorAll(".lr .node.forward, .lr .node.backward")]
                .map(e => e.getBoundingClientRect()).every(r => r.left >= stage.left - 1 && r.right <= stage.right + 1
                    && r.top >= stage.top - 1 && r.bottom <= stage.bottom + 1); }"""
        ), step


def test_keys_in_quick_succession_end_with_the_box_that_receives_in_sight(page, visit):
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    tab = visit(page(((model([1.0, 2.0]) - 1) ** 2).named("L"), group=model).path)  # motion is not reduced here
    in_sight = """() => { const stage = document.getElementById("stage").getBoundingClientRect();
        const r = document.querySelector(".graph:not([hidden]) .node.backward").getBoundingClientRect();
        return r.top >= stage.top && r.bottom <= stage.bottom; }"""
    at_rest = """() => new Promise(done => { const stage = document.getElementById("stage"), top = stage.scrollTop;
        setTimeout(() => done(stage.scrollTop === top), 200); })"""
    for presses in (20, 3, 5):
        for _ in range(presses):
            tab.keyboard.press("ArrowRight")
        tab.wait_for_function(at_rest)
        assert tab.evaluate(in_sight), tab.text_content("#position")


def test_on_paper_there_is_the_whole_picture_and_every_step_and_no_control(page, visit):
    tab = visit(page().path, width=720)
    tab.keyboard.press("End")
    tab.emulate_media(media="print")
    stage, graph = tab.locator("#stage").bounding_box(), tab.locator(".graph:visible").bounding_box()
    assert graph["width"] <= stage["width"] and graph["height"] <= stage["height"]
    assert tab.is_hidden("#controls") and tab.is_hidden("#language")
    steps = tab.locator("#steps").evaluate("e => [e.scrollHeight, e.clientHeight]")
    assert steps[0] <= steps[1] + 1


def test_with_forced_colours_the_slider_and_the_legend_keep_theirs(page, visit):
    tab = visit(page().path, forced_colors="active")
    colours = tab.evaluate(
        """() => [getComputedStyle(document.getElementById("slider")).forcedColorAdjust,
            ...[...document.querySelectorAll("#legend li:not(.keys)")].map(e =>
                getComputedStyle(e, "::before").forcedColorAdjust)]"""
    )
    assert colours == ["none"] * 5


def test_frames_are_titled_in_the_language_of_the_page_and_hold_their_boxes(page, visit):
    model = nn.MLP(2, [3, 1], seed=0)
    tab = visit(page(model([1.0, -2.0]), group=model).path, reduced_motion="reduce")
    titles = tab.locator(".lr .frame text").all_text_contents()
    assert "layers.0: Layer" in titles and "neuron 2" in titles
    tab.click("#language")
    assert "神经元 2" in tab.locator(".lr .frame text").all_text_contents()
    crossing = tab.evaluate(
        """() => [...document.querySelectorAll(".lr .frame rect")].flatMap(frame => {
            const f = frame.getBBox();
            return [...document.querySelectorAll(".lr .node .box")].map(box => box.getBBox()).filter(b => {
                const meets = b.x < f.x + f.width && f.x < b.x + b.width
                    && b.y < f.y + f.height && f.y < b.y + b.height;
                const within = b.x >= f.x && b.x + b.width <= f.x + f.width && b.y >= f.y
                    && b.y + b.height <= f.y + f.height;
                return meets && !within;
            }).map(b => [b.x, b.y]);
        })"""
    )
    assert crossing == []


def test_where_motion_is_not_wanted_nothing_moves_and_play_still_steps(page, visit):
    tab = visit(page().path, reduced_motion="reduce")
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".pulse.forward").count() == 0
    assert tab.evaluate("getComputedStyle(document.querySelector('.edge path')).transitionDuration") in ("0s", "")
    tab.select_option("#speed", "200")
    tab.click("#play")
    wait_for_step(tab, 22)


def test_where_motion_is_welcome_a_dot_shows_the_way(page, visit):
    tab = visit(page().path)
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".graph.lr .pulse.forward").count() == 1
    tab.locator(".pulse.forward").wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page, visit, scheme):
    """Every text colour has a contrast of 4.5 with its background: WCAG 2.2, 1.4.3."""
    tab = visit(page().path, color_scheme=scheme, reduced_motion="reduce")
    tab.keyboard.press("End")
    ratios = tab.evaluate(
        """() => {
            const pairs = [["--ink", "--panel"], ["--ink", "--page"], ["--soft", "--page"], ["--soft", "--panel"],
                ["--value", "--panel"], ["--value", "--leaf"], ["--value", "--output"], ["--gradient", "--panel"],
                ["--gradient", "--gradient-soft"], ["--local", "--panel"], ["--ink", "--button"], ["--ink", "--leaf"],
                ["--ink", "--output"], ["--ink", "--local-soft"], ["--soft", "--local-soft"], ["--panel", "--value"]];
            const style = getComputedStyle(document.documentElement);
            const luminance = (name) => {
                const parts = style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi);
                const [r, g, b] = parts.map(x => parseInt(x, 16) / 255)
                    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
            };
            return pairs.map(([a, b]) => [a, b, Math.max(luminance(a) / luminance(b), luminance(b) / luminance(a))]);
        }"""
    )
    assert [pair for pair in ratios if pair[2] < 4.5] == []


def test_no_text_of_a_box_is_wider_than_its_place(page, visit):
    x = Value(-1.2345e-300, "a_rather_long_parameter_name_that_goes_on")
    wide = (autograd.leaky_relu(x * Value(-9.8765e-5, "隐藏层的权重"), 0.0123) - 12345.678).named("W" * 30)
    tab = visit(page(wide).path)
    tab.keyboard.press("End")
    assert (
        tab.evaluate(
            """() => [...document.querySelectorAll(".graph.lr .node")].flatMap(node => {
            const whole = node.querySelector(".box").getBBox(), pill = node.querySelector(".pill").getBBox();
            return [...node.querySelectorAll("text")].filter(text => {
                const b = text.getBBox(), box = text.matches(".gradient") ? pill : whole;
                return b.x < box.x || b.x + b.width > box.x + box.width;
            }).map(text => text.textContent);
        })"""
        )
        == []
    )
