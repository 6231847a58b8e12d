"""The player: what the page holds, what it refuses, and what a person sees in a real browser."""

import base64
import hashlib
import html
import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_view_steps import odd_even

import autograd
from autograd import Value
from autograd.graph import reverse_sweep, topological_order
from autograd.view import RenderError, backward_steps, draw, play

HOSTILE = [
    "</script><script>document.title = 'injected'</script>", "]]>", "<!--<script>", "-->", "</style>", "{{script}}",
    "<img src=x onerror=alert(1)>", "\"onload='alert(1)'", "javascript:alert(1)", "${alert(1)}", "{node}", "&lt;b&gt;",
    "\\u003cb>", "\u2028\u2029", "\u202eright to left", "\u05e9\u05dc\u05d5\u05dd", "مرحبا", "two\nlines",
    "\x00\x1b[31m", "\ud800", "权重₁", "😀", "__proto__", "constructor", " ", "x" * 5000,
]  # fmt: skip


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.code: dict[str, list[str]] = {"script": [], "style": []}
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        self.inside = tag
        if tag in self.code:
            self.code[tag].append("")

    def handle_data(self, data):
        if self.inside in self.code:
            self.code[self.inside][-1] += data

    def handle_endtag(self, tag):
        self.inside = ""


@pytest.fixture
def page(tmp_path):
    """Writes a page and returns it."""

    def written(output=None, **options):
        return play(odd_even() if output is None else output, tmp_path / "backprop.html", **options)

    return written


def data_of(page: str) -> dict:
    return json.loads(Tags(page).code["script"][0])


# --- the file ---


def test_play_writes_the_page_that_it_returns(page, tmp_path):
    player = page()
    assert player.path == (tmp_path / "backprop.html").resolve()
    assert player.path.read_text(encoding="utf-8") == player.html
    assert repr(player) == "<Player of 14 Values in 22 steps: backprop.html>"


def test_the_same_graph_gives_the_same_page(page):
    assert page().html == page().html


def test_playing_changes_nothing(page):
    output = odd_even()
    output.backward()
    nodes = topological_order(output)
    before = [(node.data, node.grad, node.label, node.parents) for node in nodes]
    page(output, names={"other": nodes[0]})
    assert [(node.data, node.grad, node.label, node.parents) for node in nodes] == before


def test_the_page_needs_nothing_from_outside_and_its_policy_lets_only_its_own_script_and_style_run(page):
    text = page().html
    found = Tags(text)
    assert not re.search(r"https?:|//cdn|@import|url\((?!#)", text)
    names = {name for _, attributes in found.tags for name in attributes}
    assert not names & {"src", "href", "style", "srcset", "action"} and not any(name.startswith("on") for name in names)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]

    def digest(code):
        return "'sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() + "'"

    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {digest(found.code['script'][1])}",
        f"style-src {digest(found.code['style'][0])}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_can_become_markup(page, label):
    benign, hostile = page(Value(1.0, "a") * 2), page(Value(1.0, label) * 2)
    assert Tags(hostile.html).tags == Tags(benign.html).tags
    assert Tags(hostile.html).code["script"][1:] == Tags(benign.html).code["script"][1:]
    assert re.search(r"[<>&\u2028\u2029]", Tags(hostile.html).code["script"][0]) is None
    assert hostile.html.encode("utf-8")


def test_both_languages_say_the_same_things_about_the_same_values(page):
    english, chinese = (data_of(page().html)["text"][lang] for lang in ("en", "zh"))

    def blanks(sentences):
        return {
            key: sorted(set(re.findall(r"\{\w+\}", text))) for key, text in sentences.items() if isinstance(text, str)
        }

    assert blanks(english) == blanks(chinese)
    assert english["words"].keys() == chinese["words"].keys()


def test_a_notebook_shows_the_page_in_a_frame_that_can_only_run_scripts(page):
    player = page()
    frame = player._repr_html_()
    assert 'sandbox="allow-scripts"' in frame
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == player.html


def test_bad_arguments_are_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=r"play takes a Value, such as a loss, but got 3\.0 of type float"):
        play(3.0)
    with pytest.raises(ValueError, match=r"ends in \.html, but got 'picture\.svg'"):
        play(odd_even(), "picture.svg")
    with pytest.raises(ValueError, match="'en', 'zh', but got 'fr'"):
        play(odd_even(), lang="fr")
    assert not list(tmp_path.iterdir())


def test_a_graph_too_large_to_read_is_refused_as_draw_refuses_it(tmp_path):
    x = Value(1.0)
    for _ in range(200_000):
        x = x + 1.0
    with pytest.raises(ValueError) as refused:
        play(x, tmp_path / "large.html")
    with pytest.raises(ValueError, match=re.escape(str(refused.value))):
        draw(x)
    assert not list(tmp_path.iterdir())


def test_a_graph_as_large_as_allowed_becomes_a_page(page):
    x = Value(1.0)
    for _ in range(499):
        x = x + 1.0
    assert len(data_of(page(x).html)["frames"]) == 2 * 499 + 2


def test_without_graphviz_the_error_is_draws_and_nothing_but_the_dot_source_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    output = odd_even()
    with pytest.raises(RenderError, match=r"apt install graphviz(.|\n)*saved as .*backprop\.dot"):
        play(output, tmp_path / "backprop.html")
    assert [path.name for path in tmp_path.iterdir()] == ["backprop.dot"]
    assert (tmp_path / "backprop.dot").read_text(encoding="utf-8") == draw(output).dot


def test_pygraphviz_lays_out_where_dot_is_not_on_the_path(page, monkeypatch, tmp_path):
    pytest.importorskip("pygraphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Tags(page().html).tags.count(("g", ("class", "data-node"))) == 2 * 14


# --- in a browser ---


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium is on PATH")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Opens a page offline; at the end there must have been no error, no dialog and no breach of the policy."""
    contexts, complaints = [], []

    def opened(path, width=1280, height=860, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective))"
        )
        tab.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: complaints.append(request.url) if request.url[:5] != "file:" else None)
        tab.goto(Path(path).as_uri())
        tab.complaints = complaints
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def state(tab) -> dict:
    """Everything that a person can see of one step."""
    return tab.evaluate(
        """() => ({
            line: document.getElementById("equation").textContent,
            words: document.getElementById("words").textContent,
            position: document.getElementById("position").textContent,
            boxes: [...document.querySelectorAll(".graph.lr .node")].map(box => [box.getAttribute("class"),
                ...["name", "value", "gradient"].map(part => box.querySelector("." + part).textContent)]),
            edges: [...document.querySelectorAll(".graph.lr .edge")].map(edge =>
                [edge.dataset.edge, edge.getAttribute("class"), edge.textContent]),
            digits: [...document.querySelectorAll("#digits tr")].map(row => [...row.cells].map(c => c.textContent)),
        })"""
    )


def wait_for_step(tab, step: int) -> None:
    """Wait until a page that plays has got so far; it never gets further back by itself."""
    for _ in range(300):
        if int(tab.input_value("#slider")) >= step:
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"the page stands still at step {tab.input_value('#slider')}")


def expected_digits(output: Value) -> list[list[str]]:
    gradients = reverse_sweep(output)
    return [[node.label, repr(node.data), repr(gradients[node])] for node in topological_order(output)]


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
        assert tab.text_content("#equation") == line
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


def test_in_a_notebook_the_frame_plays_and_cannot_reach_the_notebook(page, visit, tmp_path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!doctype html><meta charset='utf-8'>{page()._repr_html_()}", encoding="utf-8")
    tab = visit(notebook)
    frame = tab.frames[1]
    frame.click("#next")
    assert frame.text_content("#equation") == "p1 = w1 × x = 0.5 × 3 = 1.5"
    tab.keyboard.press("End")
    assert frame.input_value("#slider") == "22"
    assert (
        frame.evaluate("(() => { try { return parent.document.title; } catch { return 'refused'; } })()") == "refused"
    )


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_is_wider_than_the_screen_and_the_boxes_of_a_step_are_in_sight(page, visit, width):
    tab = visit(page().path, width=width, reduced_motion="reduce")
    assert tab.is_visible(".graph.tb" if width < 700 else ".graph.lr")
    assert tab.is_hidden(".graph.lr" if width < 700 else ".graph.tb")
    for _ in range(22):
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.evaluate(
            """() => { const stage = document.getElementById("stage").getBoundingClientRect();
            return [...document.querySelectorAll(".node.forward, .node.backward")].map(e => e.getBoundingClientRect())
                .filter(r => r.width).every(r => r.left >= stage.left && r.right <= stage.right
                    && r.top >= stage.top - 1 && r.bottom <= stage.bottom + 1); }"""
        )


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
                ["--gradient", "--gradient-soft"], ["--local", "--panel"], ["--ink", "--cell"], ["--ink", "--leaf"],
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


def test_no_text_of_a_box_is_wider_than_the_box(page, visit):
    x = Value(-1.2345e-300, "a_rather_long_parameter_name_that_goes_on")
    wide = (autograd.leaky_relu(x * Value(-9.8765e-5, "隐藏层的权重"), 0.0123) - 12345.678).named("W" * 30)
    tab = visit(page(wide).path)
    tab.keyboard.press("End")
    assert (
        tab.evaluate(
            """() => [...document.querySelectorAll(".graph.lr .node")].flatMap(node => {
            const box = node.querySelector(".box").getBBox();
            return [...node.querySelectorAll("text")].filter(text => {
                const b = text.getBBox();
                return b.x < box.x || b.x + b.width > box.x + box.width;
            }).map(text => text.textContent);
        })"""
        )
        == []
    )
