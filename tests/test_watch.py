"""Training that is watched: what is recorded, what is shown of it, and that the model is left alone."""

import base64
import json
import math
import random
import re
import zlib
from xml.etree import ElementTree

import pytest
from player_tab import wait_for_step

from autograd import Value, fit, nn, no_grad, optim, sigmoid, watch
from autograd.learn.plot import Plot
from autograd.learn.sight import Answers, Sight

LINE = [[0.0], [1.0], [2.0], [3.0]]
SQUARE = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [0, 1, 1, 0]


def shown(film):
    """What the page gets, as JSON."""
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', film.html, re.DOTALL)[1])


def with_dropout():
    return nn.Sequential(
        nn.Linear(2, 4, seed=0), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5, seed=1), nn.Linear(4, 1, seed=2)
    )


def train(model, xs, ys, epochs, *, film=None, loss=None):
    targets = [[float(y)] for y in ys]
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    options = {"epochs": epochs, "each_epoch": film, "progress": False}
    return fit(model, [(xs, targets)], loss or nn.BCEWithLogitsLoss(), optimizer, **options)


# --- what is left as it is ---


def test_a_model_that_is_watched_learns_the_same_to_the_last_bit():
    random.seed(0)
    alone, watched = with_dropout(), with_dropout()
    history = train(alone, SQUARE, XOR, 12)
    after = random.getstate()
    random.seed(0)
    film = watch(watched, SQUARE, XOR, resolution=5)

    def look(epoch, loss):
        film(epoch, loss)
        assert film.svg and film.html

    assert train(watched, SQUARE, XOR, 12, film=look).losses == history.losses == film.losses
    assert watched.state_dict() == alone.state_dict()
    assert [p.grad for p in watched.parameters()] == [p.grad for p in alone.parameters()]
    assert random.getstate() == after


def test_a_module_stays_in_training_and_one_that_is_frozen_stays_frozen():
    model = with_dropout()
    model.train()
    model[1].eval()
    film = watch(model, SQUARE, XOR, resolution=5)
    film.record(1.0)
    assert film.html
    assert [module.training for module in (model, model[1], model[3])] == [True, False, True]


def test_a_model_is_asked_as_it_is_evaluated():
    model = with_dropout()
    train(model, SQUARE, XOR, 3)
    film = watch(model, SQUARE, XOR, resolution=5)
    film.record(1.0)
    model.eval()
    with no_grad():
        right = sum((y[0].data > 0.0) == bool(t) for y, t in zip(model(SQUARE), XOR, strict=True))
    assert shown(film)["scenes"][-1]["right"] == right


def test_a_function_that_draws_random_numbers_does_not_change_those_of_the_program():
    random.seed(5)
    expected = random.Random(5).random()
    watch(lambda x: x[0] * random.random(), LINE, [0, 0, 1, 1]).record(0.5)
    assert random.random() == expected


# --- what is recorded ---


@pytest.mark.parametrize("steps", [0, 1, 7, 8, 9, 100])
def test_a_long_training_keeps_few_frames_at_equal_distances_with_both_ends(steps):
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1], frames=8)
    for i in range(steps):
        film.record(1.0 / (i + 1))
    kept = [scene["step"] for scene in shown(film)["scenes"]]
    assert kept[0] == 0
    assert kept[-1] == steps
    assert len(kept) <= 9
    assert len({b - a for a, b in zip(kept[:-1], kept[1:-1], strict=False)}) <= 1
    assert len(film.losses) == steps


def test_a_frame_is_the_model_after_its_step_whatever_it_becomes_later():
    model = nn.Linear(1, 1, seed=0)
    film = watch(model, LINE, [-1, -1, 1, 1])
    for bias, right in ((-10.0, 2), (10.0, 2), (-1.5, 4)):
        model.load_state_dict({"weight": [[1.0]], "bias": [bias]})
        film.record(1.0)
    model.load_state_dict({"weight": [[0.0]], "bias": [0.0]})
    assert [scene["right"] for scene in shown(film)["scenes"][1:]] == [2, 2, 4]


def test_a_function_of_values_is_asked_while_it_is_recorded():
    w, b = Value(1.0), Value(-10.0)
    film = watch(lambda x: sigmoid(w * x[0] + b), LINE, [0, 0, 1, 1])
    b.data = -1.5
    film.record(Value(0.25))
    b.data = 10.0
    assert film.losses == [0.25]
    assert [scene["right"] for scene in shown(film)["scenes"]] == [2, 4]
    assert (w.grad, b.grad) == (0.0, 0.0)


def test_fit_records_epochs():
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1])
    history = train(film._model, LINE, [0, 0, 1, 1], 5, film=film)
    assert film.losses == history.losses
    assert repr(film).startswith("<Film of 5 epochs in 6 frames, loss ")
    assert shown(film)["text"]["en"]["caption"] == "Epoch {step}"


# --- how answers are read ---


@pytest.mark.parametrize(
    ("outputs", "xs", "ys", "kind", "classes"),
    [
        (1, LINE, [0, 1, 1, 0], "score", [0, 1, 1, 0]),
        (1, LINE, [[-1.0], [1.0], [1.0], [-1.0]], "score", [0, 1, 1, 0]),
        (1, SQUARE, [True, False, True, False], "score", [1, 0, 1, 0]),
        (1, LINE, [0.5, 1.0, 0.0, 1.0], "value", []),
        (3, SQUARE, [2, 1, 0, 1], "classes", [2, 1, 0, 1]),
        (2, SQUARE, [[0, 1], [1, 0], [1, 0], [0, 1]], "classes", [1, 0, 0, 1]),
        (2, LINE, [[0.5, 1], [1, 0], [1, 0], [0, 1]], "value", []),
        (2, SQUARE, [[0.5, 1], [1, 0], [1, 0], [0, 1]], "loss", []),
        (1, [[1.0, 2.0, 3.0]] * 4, [0, 1, 1, 0], "loss", []),
    ],
)
def test_data_say_how_answers_are_to_be_read(outputs, xs, ys, kind, classes):
    sight = Sight(nn.Linear(len(xs[0]), outputs, seed=0), xs, ys, 5)
    assert (sight.kind, sight.classes) == (kind, classes)
    film = watch(nn.Linear(len(xs[0]), outputs, seed=0), xs, ys, resolution=5)
    film.record(0.5)
    page = shown(film)
    assert ("palette" in page) == (kind != "loss")
    assert ElementTree.fromstring(film.svg) is not None
    if kind == "loss":
        assert "loss alone is shown" in page["text"]["en"]["picture"]


@pytest.mark.parametrize(
    ("answers", "threshold", "expected"),
    [([0.0, 1.0], None, 0.5), ([0.0, 1.1], None, 0.0), ([-0.1, 0.9], None, 0.0), ([0.0, 1.1], 0.5, 0.5)],
)
def test_the_threshold_is_a_half_for_probabilities_and_zero_for_scores(answers, threshold, expected):
    sight = Sight(nn.Linear(1, 1, seed=0), [[0.0], [1.0]], [0, 1], 5)
    rows = [[y] for y in answers]
    assert Plot(sight, [Answers(rows, rows)], threshold).threshold == expected


def plane(film_of, side=9):
    """A plot of a function of two inputs on the square from -1 to 1, and its only look."""
    xs = [[-1.0, -1.0], [1.0, 1.0]]
    sight = Sight(film_of, xs, [0, 1], side)
    answers = sight.answers(film_of)
    plot = Plot(sight, [answers], 0.0)
    return plot, plot.look(answers)


def ends(path):
    found = re.findall(r"M(-?\d+) (-?\d+)l(-?\d+) (-?\d+)", path)
    assert "".join("M{} {}l{} {}".format(*piece) for piece in found) == path
    return [(int(x) + i * int(dx), int(y) + i * int(dy)) for x, y, dx, dy in found for i in (0, 1)]


def test_the_border_is_where_the_score_is_the_threshold():
    _, look = plane(lambda x: x[0] - 0.31 * x[1] - 0.2)
    points = ends(look.paths[0])
    assert len(points) > 16
    for across, down in points:
        x, y = -1.24 + 2.48 * across / 1000, 1.24 - 2.48 * down / 1000
        assert abs(x - 0.31 * y - 0.2) < 0.004


def test_the_border_of_a_curved_score_is_closed():
    _, look = plane(lambda x: 0.6 - x[0] ** 2 - x[1] ** 2, side=25)
    points = ends(look.paths[0])
    assert all(points.count(point) % 2 == 0 for point in points), "each end of a piece is the end of another"
    radii = [math.hypot(-1.24 + 2.48 * x / 1000, 1.24 - 2.48 * y / 1000) for x, y in points]
    assert max(abs(r - math.sqrt(0.6)) for r in radii) < 0.01


def test_borders_between_three_classes_meet():
    model = lambda x: [x[0], -x[0] + 0.1 * x[1], x[1]]  # noqa: E731
    sight = Sight(model, [[-1.0, -1.0], [1.0, 1.0]], [0, 2], 11)
    answers = sight.answers(model)
    points = ends(Plot(sight, [answers], None).look(answers).paths[0])
    inside = [point for point in points if min(point) > 0 and max(point) < 1000]
    odd = {point for point in inside if inside.count(point) % 2}
    assert len(odd) == 1, "all pieces end at others but where the three borders meet"


def test_colours_tell_the_classes_apart_and_nan_from_both():
    plot, look = plane(lambda x: x[0] if x[1] < 1.0 else math.nan, side=5)
    rows = [look.field[i : i + 5] for i in range(0, 25, 5)]
    assert rows[0] == bytes(5)
    below = rows[-1]
    colors = [plot.palette[place][:3] for place in below]
    assert colors[0] == colors[1] != colors[3] == colors[4]
    opacities = [plot.palette[place][3] for place in below]
    assert opacities[0] > opacities[1]
    assert opacities[3] < opacities[4]
    assert len(plot.palette) <= 256


def test_a_curve_skips_nan_and_stays_near_the_plot_for_infinite_numbers():
    model = lambda x: math.inf if x[0] > 2.5 else math.nan if x[0] > 2.0 else x[0]  # noqa: E731
    film = watch(model, LINE, [0.0, 0.5, 1.0, 2.0])
    film.record(math.nan)
    path = shown(film)["scenes"][0]["paths"][0]
    assert path.count("M") == 2
    assert all(-1000 <= int(number) <= 2000 for number in re.findall(r"-?\d+", path))


def test_the_picture_of_a_moment_is_the_field_as_a_png():
    plot, look = plane(lambda x: x[0] + x[1], side=7)
    png = base64.b64decode(plot.image(look.field).partition(",")[2])
    assert png.startswith(b"\x89PNG")
    length = int.from_bytes(png[(at := png.index(b"IDAT")) - 4 : at])
    rows = zlib.decompress(png[at + 4 : at + 4 + length])
    assert [rows[i * 8 + 1 : i * 8 + 8] for i in range(7)] == [look.field[i * 7 : i * 7 + 7] for i in range(7)]


def test_a_strip_shows_the_first_and_the_last_moment_and_those_that_differ():
    model = nn.Linear(1, 1, seed=0)
    film = watch(model, LINE, [0, 0, 1, 1])
    for i in range(30):
        model.load_state_dict({"weight": [[float(i > 12)]], "bias": [-1.5 * (i > 12)]})
        film.record(1.0)
    titles = [e.text for e in ElementTree.fromstring(film.svg).findall(".//{*}text") if e.get("font-weight") == "bold"]
    assert titles[0] == "Before training"
    assert titles[-1] == "Step 30"
    assert "Step 13" in titles or "Step 14" in titles
    assert len(titles) <= 6


# --- files, pages, notebooks ---


def test_a_film_is_saved_by_its_suffix_and_nothing_else_is_written(tmp_path):
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1])
    assert film.save(tmp_path / "x.html").read_text(encoding="utf-8") == film.html
    assert film.save(str(tmp_path / "x.svg")).read_text(encoding="utf-8") == film.svg
    with pytest.raises(ValueError, match=r"give a path that ends in .html, .htm or .svg, but got .*x\.gif"):
        film.save(tmp_path / "x.gif")
    with pytest.raises(TypeError, match=r"save takes a path, such as 'learning.html' .*, but got"):
        film.save(3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.html", "x.svg"]


def test_the_page_forbids_itself_everything_but_its_own_script_and_style():
    page = watch(nn.Linear(2, 1, seed=0), SQUARE, XOR).html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|@import|url\(| style=| on[a-z]+=", page)


def test_a_film_is_small():
    model = nn.MLP(2, [8, 1], "tanh", seed=0)
    film = watch(model, SQUARE, XOR)
    train(
        model,
        [[x] for x in SQUARE] and SQUARE,
        XOR,
        100,
        film=film,
        loss=lambda ys, ts: nn.MSELoss()(ys, [t[0] for t in ts]),
    )
    assert len(film.html) < 120_000
    assert len(film.svg) < 60_000


def test_a_notebook_shows_the_page_and_one_that_is_not_trusted_the_strip():
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1])
    page = film._repr_html_()
    assert 'sandbox="allow-scripts"' in page
    image = re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', page)[1]
    assert base64.b64decode(image).decode() == film.svg


# --- what is refused ---


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((nn.Linear, LINE, XOR), {}, TypeError, "watch takes a model, such as .*, but got"),
        ((3, LINE, XOR), {}, TypeError, "watch takes a model, such as .*, but got 3"),
        ((nn.Linear(2, 1), LINE, XOR), {}, TypeError, "pass the model and the inputs that it is trained on"),
        ((nn.Linear(1, 1), LINE, [0, 1]), {}, ValueError, "got 4 samples and 2 targets: pass the whole data"),
        ((nn.Linear(1, 1), [], []), {}, ValueError, "at least one sample, but got no inputs: pass"),
        ((nn.Linear(1, 1), [[1.0], [1.0, 2.0]], [0, 1]), {}, ValueError, "the same length, but got .*: pad"),
        ((nn.Linear(1, 1), [[1.0], [math.nan]], [0, 1]), {}, ValueError, "must be finite, but got nan: remove"),
        ((nn.Linear(1, 1), 3, [0, 1]), {}, TypeError, "takes lists of inputs and targets, but got 3"),
        ((nn.Linear(1, 1), LINE, XOR), {"frames": 1}, ValueError, "frames must be a whole number of at least 2"),
        ((nn.Linear(1, 1), LINE, XOR), {"resolution": 101}, ValueError, "resolution must be a whole number from 4 to"),
        ((nn.Linear(1, 1), LINE, XOR), {"threshold": math.inf}, ValueError, "threshold must be finite, but got inf"),
        ((nn.Linear(1, 1), LINE, XOR), {"threshold": "0"}, TypeError, "threshold must be a real number"),
        ((nn.Linear(1, 1), LINE, XOR), {"lang": "fr"}, ValueError, "lang must be one of"),
    ],
)
def test_what_cannot_be_watched_is_refused(arguments, options, error, message):
    with pytest.raises(error, match=message):
        watch(*arguments, **options)


def test_a_loss_that_is_not_a_number_is_refused_and_changes_nothing():
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1])
    with pytest.raises(TypeError, match="the loss that is recorded must be a real number"):
        film.record("0.5")
    assert film.losses == []


def test_a_loss_may_be_a_float_of_numpy():
    numpy = pytest.importorskip("numpy")
    film = watch(nn.Linear(1, 1, seed=0), LINE, [0, 0, 1, 1])
    film.record(numpy.float64(0.5))
    assert film.losses == [0.5]


# --- in a browser ---


@pytest.fixture
def moving():
    """A film of the xor in which the border moves."""
    model = nn.Sequential(nn.Linear(2, 4, seed=3), nn.Tanh(), nn.Linear(4, 1, seed=4))
    film = watch(model, SQUARE, XOR, resolution=12)
    train(model, SQUARE, XOR, 30, film=film)
    return film


def seen(tab):
    return tab.evaluate(
        """() => ({
            told: document.getElementById("told").textContent,
            position: document.getElementById("position").textContent,
            border: document.querySelector(".answer").getAttribute("d"),
            now: [...document.querySelectorAll(".moment")].findIndex(line => line.classList.contains("now")),
        })"""
    )


@pytest.mark.slow
def test_every_moment_is_shown_by_keyboard_mouse_and_slider(moving, visit, tmp_path):
    tab = visit(moving.save(tmp_path / "film.html"))
    page = shown(moving)
    scenes, palette = page["scenes"], base64.b64decode(page["palette"])
    tab.keyboard.press("Home")
    assert seen(tab)["told"].startswith("Before training · ")
    for i, scene in enumerate(scenes):
        found = seen(tab)
        if i:
            assert found["told"] == f"Epoch {scene['step']} · loss {scene['loss']} · {scene['right']} of 4 right"
            assert found["now"] == i
        assert found["position"] == f"{scene['step']} / 30"
        assert found["border"] == scene["paths"][0]
        if i < len(scenes) - 1:
            tab.keyboard.press("ArrowRight") if i % 2 else tab.click("#next")
    pixels = tab.evaluate('[...document.getElementById("field").getContext("2d").getImageData(0, 0, 12, 12).data]')
    wanted = [x for place in base64.b64decode(scenes[-1]["field"]) for x in palette[4 * place : 4 * place + 4]]
    assert max(abs(a - b) for a, b in zip(pixels, wanted, strict=True)) <= 4  # a canvas multiplies by opacity
    tab.fill("#slider", "3")
    assert seen(tab)["border"] == scenes[3]["paths"][0]
    assert tab.get_attribute("#slider", "aria-valuetext") == seen(tab)["told"]
    tab.click("#language")
    assert seen(tab)["told"].startswith("第 3 轮 · 损失 ")
    assert tab.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.slow
def test_the_film_plays_to_its_end(moving, visit, tmp_path):
    tab = visit(moving.save(tmp_path / "film.html"))
    tab.keyboard.press("Space")
    assert tab.text_content("#position") != "30 / 30"
    assert tab.get_attribute("[role=status]", "aria-live") == "off", "a screen reader cannot follow a film"
    wait_for_step(tab, 30)
    assert tab.text_content("#position") == "30 / 30"
    assert "playing" not in (tab.get_attribute("#play", "class") or "")
    assert tab.get_attribute("[role=status]", "aria-live") == "polite"


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (1280, 720), (1920, 1080)])
def test_the_controls_are_in_every_window_and_nothing_is_wider(moving, visit, tmp_path, width, height):
    tab = visit(moving.save(tmp_path / "film.html"), width=width, height=height)
    box = tab.locator("#controls").bounding_box()
    assert box["y"] + box["height"] <= height
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    plot = tab.locator(".plot").bounding_box()
    assert plot["width"] > 150
    field, rim = tab.locator("#frame").bounding_box(), tab.locator(".rim").bounding_box()
    assert all(abs(field[key] - rim[key]) < 2.0 for key in field)


@pytest.mark.slow
def test_a_film_of_the_loss_alone_says_why(visit, tmp_path):
    film = watch(nn.Linear(3, 1, seed=0), [[1.0, 2.0, 3.0]] * 2, [0, 1])
    film.record(0.5)
    film.record(0.25)
    tab = visit(film.save(tmp_path / "film.html"))
    assert "more than two inputs" in tab.text_content(".answers figcaption")
    assert tab.text_content("#told") == "Step 2 · loss 0.25"
    assert not tab.locator(".plot").count()
