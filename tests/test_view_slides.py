"""The player's steps as slides: that each shows what the page does after the step, and what is refused."""

import base64
import re
import shutil
from xml.etree import ElementTree

import pytest
from player_tab import HOSTILE, state
from test_view_steps import odd_even

from autograd import Value, nn
from autograd.view import RenderError, backward_steps
from autograd.view.player import slides

SVG = "{http://www.w3.org/2000/svg}"


def texts(slide: ElementTree.Element) -> list[str]:
    """The rows of the caption, and the number of the slide."""
    return ["".join(text.itertext()) for text in slide.findall(f"{SVG}text")]


def saved(player, folder) -> list[ElementTree.Element]:
    return [ElementTree.parse(path).getroot() for path in sorted(player.save(folder).iterdir())]


def shown(slide: ElementTree.Element) -> dict:
    """What a slide shows of the boxes and edges: their kinds and marks, names and numbers."""

    def part(box, name):
        return box.find(f"{SVG}text[@class='{name}']").text or ""

    groups = list(slide.iter(f"{SVG}g"))
    return {
        "boxes": [
            [set(box.get("class").split()), *(part(box, name) for name in ("name", "value", "gradient"))]
            for box in groups
            if box.get("data-node")
        ],
        "edges": [
            [edge.get("data-edge"), set(edge.get("class").split()), part(edge, "factor")]
            for edge in groups
            if edge.get("data-edge")
        ],
    }


def shown_on_page(tab) -> dict:
    on_page = state(tab)
    return {
        "boxes": [[set(kinds.split()), *rest] for kinds, *rest in on_page["boxes"]],
        "edges": [[key, set(kinds.split()), factor] for key, kinds, factor in on_page["edges"]],
    }


def test_a_folder_gets_a_slide_for_the_start_and_for_each_step_with_its_line_and_its_number(page, tmp_path):
    output = odd_even()
    player = page(output)
    found = saved(player, tmp_path / "steps")
    assert sorted(path.name for path in (tmp_path / "steps").iterdir()) == [f"step-{i:02}.svg" for i in range(23)]
    lines = ["L = ?", *map(str, backward_steps(output))]
    for i, (slide, line) in enumerate(zip(found, lines, strict=True)):
        assert slide.get("viewBox") == "0 0 1280 720"
        phase, *rows, position = texts(slide)
        assert (phase, rows[0], position) == (
            "Start" if i == 0 else "Forward" if i < 9 else "Backward", line, f"{i} of 22",
        )  # fmt: skip
    assert " ".join(texts(found[10])[2:-1]).endswith("That local derivative is 2 × e. The gradient of e is complete.")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_slide_shows_and_marks_what_the_page_does_after_the_step(page, visit, tmp_path, lang):
    x = Value(2.0, "x")
    z = (3 * x).named("z")
    z.register_hook(lambda gradient: gradient * 10)
    output = (z * z + x.relu() - 1).named("损失")
    player = page(output, lang=lang)
    tab = visit(player.path)
    for slide in saved(player, tmp_path / "steps"):
        assert shown(slide) == shown_on_page(tab)
        phase, *rows, position = texts(slide)
        assert (phase, position) == (tab.text_content("#phase"), tab.text_content("#position"))
        sentence = " ".join(rows).replace(" ", "")
        assert sentence == (tab.text_content("#equation") + tab.text_content("#words")).replace(" ", "")
        tab.keyboard.press("ArrowRight")


def test_the_boxes_of_a_step_are_on_its_slide_where_there_is_no_room_for_the_whole_picture(page, tmp_path):
    model = nn.MLP(3, [8, 8, 1], seed=0)
    player = page(model([1.0, 2.0, 3.0]))
    found = saved(player, tmp_path / "steps")
    for slide in found[1:]:
        [picture] = slide.findall(f"{SVG}svg")
        left, top, width, height = map(float, picture.get("viewBox").split())
        assert float(picture.get("width")) <= 1184.1 and float(picture.get("height")) < 600
        marked = [box for box in picture.iter(f"{SVG}g") if {"forward", "backward"} & set(box.get("class").split())]
        [box] = [box.find(f"{SVG}rect") for box in marked if box.get("data-node")]
        x, y, w, h = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert left <= x and x + w <= left + width and top <= y and y + h <= top + height
    assert max(len(list(slide.iter())) for slide in found) < 1000  # without what lies outside of it


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_can_become_markup_in_a_slide(page, tmp_path, label):
    def elements(player, folder):
        return [
            [(e.tag, sorted(e.attrib)) for e in slide.iter() if e.tag != f"{SVG}tspan"]
            for slide in saved(player, folder)
        ]

    benign, hostile = page(Value(1.0, "a") * 2), page(Value(1.0, label) * 2)
    expected, found = elements(benign, tmp_path / "benign"), elements(hostile, tmp_path / "hostile")
    without_rows = [[element for element in slide if element[0] != f"{SVG}text"] for slide in found]
    assert without_rows == [[element for element in slide if element[0] != f"{SVG}text"] for slide in expected]


def test_a_slide_needs_nothing_from_outside_and_no_variable_of_a_page(page, tmp_path):
    for path in page().save(tmp_path / "steps").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|@import|url\((?!#)|var\(|<script", text)


def test_a_notebook_that_is_not_trusted_shows_the_last_slide(page, tmp_path):
    player = page()
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', player._repr_html_())[1]
    *_, last = sorted(player.save(tmp_path / "steps").iterdir())
    assert base64.b64decode(data) == last.read_bytes()


def test_the_page_can_be_saved_once_more(page, tmp_path):
    player = page()
    assert player.save(tmp_path / "copy.html") == (tmp_path / "copy.html").resolve()
    assert (tmp_path / "copy.html").read_text(encoding="utf-8") == player.html


def test_wrong_paths_are_refused_and_nothing_is_written(page, tmp_path):
    player = page()
    with pytest.raises(TypeError, match=r"save takes a path, such as 'steps\.pdf' or the folder 'steps/', but got 3"):
        player.save(3)
    with pytest.raises(ValueError, match=r"save writes \.pdf, \.html or a folder of SVGs, but got 'steps\.pptx': give"):
        player.save("steps.pptx")
    with pytest.raises(ValueError, match=r"a folder of SVGs, but got '': give"):
        player.save("")  # is not the current folder
    for path in (tmp_path / "no" / "steps", tmp_path / "no" / "steps.pdf"):
        with pytest.raises(FileNotFoundError, match=r"the folder '.*no' does not exist: make it"):
            player.save(path)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="is a file: give the path of a folder"):
        player.save(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backprop.html", "file"]


def test_a_folder_may_have_a_dot_in_its_name_and_keeps_other_files(page, tmp_path):
    player = page(Value(1.0, "a") * 2)
    folder = player.save(f"{tmp_path}/v1.0/")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    player.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", *(f"step-{i}.svg" for i in range(4))]


# --- PDF ---


def pages(pdf: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))


@pytest.mark.parametrize("way", ["typst", "rsvg-convert"])
def test_a_pdf_has_a_page_for_each_step(page, tmp_path, monkeypatch, way):
    if way == "typst":
        pytest.importorskip("typst", reason="the package typst is not installed")
    elif shutil.which("rsvg-convert") is None:
        pytest.skip("rsvg-convert is not installed")
    else:
        monkeypatch.setattr(slides, "find_spec", lambda name: None)
    player = page(lang="zh")
    written = player.save(tmp_path / "steps.pdf").read_bytes()
    assert written.startswith(b"%PDF") and pages(written) == 23
    assert player._repr_png_().startswith(b"\x89PNG")


def test_without_anything_that_makes_a_pdf_the_error_says_what_to_install_and_offers_svgs(page, tmp_path, monkeypatch):
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    player = page()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(RenderError, match=r"(?s)pip install typst.*\.save\(\"steps/\"\) writes SVGs"):
        player.save(tmp_path / "steps.pdf")
    assert player._repr_png_() is None
    assert [path.name for path in tmp_path.iterdir()] == ["backprop.html"]
