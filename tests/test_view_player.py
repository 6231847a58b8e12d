"""The player's file: what the page holds, and what is refused."""

import base64
import hashlib
import html
import json
import re
import sys
from html.parser import HTMLParser

import pytest
from player_tab import HOSTILE
from test_view_steps import odd_even

import autograd
from autograd import Value, nn, primitive
from autograd.graph import topological_order
from autograd.view import RenderError, draw, play


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


def data_of(page: str) -> dict:
    return json.loads(Tags(page).code["script"][0])


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


@pytest.mark.slow
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


def test_a_notebook_shows_the_page_in_an_iframe_that_can_only_run_scripts(page):
    player = page()
    shown = player._repr_html_()
    assert shown.count("sandbox=") == 1 and 'sandbox="allow-scripts"' in shown
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', shown)[1]) == player.html


def test_bad_arguments_are_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=r"play takes a Value, such as a loss, but got 3\.0 of type float"):
        play(3.0)
    with pytest.raises(TypeError, match="of type list") as refused:
        play([Value(1.0)] * 100_000)
    assert len(str(refused.value)) < 1000
    with pytest.raises(TypeError, match=r"give a path that ends in \.html after the Value, but got 3 of type int"):
        play(odd_even(), 3)
    with pytest.raises(TypeError, match=r"group must be .*, but got 'model' of type str"):
        play(odd_even(), group="model")
    with pytest.raises(TypeError, match=r"mapping of names to Values, such as globals\(\)"):
        play(odd_even(), names=["w"])
    with pytest.raises(ValueError, match=r"ends in \.html or \.htm, but got 'picture\.svg'"):
        play(odd_even(), "picture.svg")
    with pytest.raises(ValueError, match="'en', 'zh', but got 'fr'"):
        play(odd_even(), lang="fr")
    assert not list(tmp_path.iterdir())


def test_a_graph_too_large_to_follow_is_refused_with_advice_even_where_draw_could_show_its_modules(tmp_path):
    model = nn.MLP(4, [16, 16, 16, 4], seed=0)
    loss = autograd.logsumexp(model([1.0, 2.0, 3.0, 4.0]))
    advice = r"has more than 500 Values, too many to follow: play the loss of one sample or a smaller"
    for options in ({}, {"group": model}, {"names": {"model": model}}):
        with pytest.raises(ValueError, match=advice):
            play(loss, tmp_path / "large.html", **options)
    assert "Values" in repr(draw(loss, group=model))
    for wrong, error in (("many", TypeError), (True, TypeError), (None, TypeError), (0, ValueError)):
        with pytest.raises(error, match="max_nodes must be a whole number of at least 1"):
            play(Value(1.0), tmp_path / "large.html", max_nodes=wrong)
    assert not list(tmp_path.iterdir())


def test_a_thicket_is_refused_where_draw_would_show_its_modules(tmp_path):
    layer = nn.Linear(4, 12, seed=0)
    xs = layer([1.0, 2.0, 3.0, 4.0])
    for _ in range(25):
        xs = [autograd.sum(xs) for _ in xs]
    loss = autograd.sum(xs)
    assert draw(loss, group=layer)
    with pytest.raises(ValueError, match="more than 3,000 edges, too many to follow"):
        play(loss, tmp_path / "thicket.html", group=layer)
    assert not list(tmp_path.iterdir())


def test_a_rule_of_the_users_own_that_refuses_formulas_leaves_out_the_formula(page):
    class Refused(Exception):
        pass

    def slope(y, x):
        if not isinstance(x, float):
            raise Refused
        return 2 * x

    square = primitive("own square", lambda x: x * x, [slope])
    scenes = data_of(page(square(Value(3.0, "x")).named("y")).html)["scenes"]
    assert [scene.get("rule") for scene in scenes] == [None] * len(scenes) and scenes[-1]["gradient"][0] == "6"


def test_a_name_that_is_no_word_is_quoted_alike_in_sentence_and_equation(page):
    x = Value(3.0, "my x")
    data = data_of(page((x * x).named("my z")).html)
    assert [node["written"] for node in data["nodes"]] == ['"my x"', '"my z"']
    assert data["scenes"][0]["line"][0] == ["name", '"my z"'] == data["scenes"][1]["line"][0]
    assert data["scenes"][-1]["rule"] == '"my x"'


def test_an_operation_shows_its_constants_as_in_a_drawing(page):
    y = autograd.sum([autograd.clip(1 - Value(2.0, "x"), -1.5, 2.5), 1.0, 2.0, 3.0, 4.0])
    assert [node["operation"] for node in data_of(page(y).html)["nodes"]] == [
        "", "1 −", "clip -1.5, 2.5", "Σ 1, 2, 3, …",
    ]  # fmt: skip


def test_a_value_used_hundreds_of_times_is_drawn_with_tags_instead_of_edges_across_everything(page):
    w, h = Value(0.9, "w"), Value(0.5, "h")
    for _ in range(240):
        h = (h * w).tanh()
    found = Tags(page(h).html).tags
    tags, edges = found.count(("g", ("class", "data-of"))), found.count(("g", ("class", "data-edge")))
    assert edges == 2 * 3 * 240 and 2 * 230 < tags < 2 * 240


def test_a_page_is_small(page):
    assert len(page().html) < 96_000
    model = nn.MLP(4, [16, 16, 4], seed=0)
    large = page(autograd.logsumexp(model([1.0, 2.0, 3.0, 4.0])))
    assert "489 Values" in repr(large) and len(large.html) < 1_400_000


def test_neurons_are_framed_layers_too_where_the_model_is_given_and_nothing_where_it_is_not_wanted(page):
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 1, seed=1))
    loss = (model([1.0, -2.0])[0] - 1) ** 2

    def groups(**options):
        return data_of(page(loss, **options).html)["groups"]

    assert groups() == ["neuron"] * 4
    layers = ["0: Linear", "neuron 2", "neuron 1", "neuron 0", "2: Linear", "neuron 0"]
    assert sorted(groups(group=model)) == sorted(layers)
    assert sorted(groups(names={"net": model})) == sorted(f"net.{t}" if "Linear" in t else t for t in layers)
    assert groups(group=False) == []
    named = {node["name"] for node in data_of(page(loss, group=model).html)["nodes"]}
    assert {"0.weight[2][1]", "0.bias[0]", "2.weight[0][2]"} <= named


def test_a_graph_as_large_as_allowed_becomes_a_page(page):
    x = Value(1.0)
    for _ in range(499):
        x = x + 1.0
    assert len(data_of(page(x).html)["scenes"]) == 2 * 499 + 2


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


# --- the sentences ---


def said(player) -> list[list[str]]:
    return [scene["say"] for scene in data_of(player.html)["scenes"]]


def test_the_1_that_the_output_begins_with_is_named_only_where_no_hook_replaced_it(page):
    y = (Value(3.0, "x") * 2).named("y")
    assert any("direct" in say for say in said(page(y)))
    y.register_hook(lambda gradient: gradient * 10)
    assert not any("direct" in say for say in said(page(y))) and any("directHooked" in say for say in said(page(y)))


def test_nothing_is_said_to_be_passed_on_only_where_it_is_0(page):
    x = Value(0.0, "x")
    assert any("nothing" in say for say in said(page((x.exp() * 0).named("y"))))
    assert any("blocked" in say for say in said(page(((x + 1) * 0).named("y"))))
    assert not any("nothing" in say for say in said(page((x.sqrt() * 0).named("y"))))  # 0 times inf is nan
