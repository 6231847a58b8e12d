"""Curves as pictures: what is drawn, what is marked, and that nothing stands on anything else."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest

from autograd.view.curves import curves

SVG = "{http://www.w3.org/2000/svg}"


def drawn(series: dict[str, list[float]]) -> ElementTree.Element:
    return ElementTree.fromstring(curves(series, "step", "norm"))


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def lines(root: ElementTree.Element) -> list[list[tuple[float, float]]]:
    found = [line.get("points", "").split() for line in root.iter(f"{SVG}polyline")]
    return [[(float(x), float(y)) for x, y in (point.split(",") for point in line)] for line in found]


def at(root: ElementTree.Element, text: str) -> tuple[float, float]:
    element = next(e for e in root.iter(f"{SVG}text") if e.text == text)
    return float(element.get("x", "")), float(element.get("y", ""))


def test_equal_factors_are_equal_distances():
    (line,) = lines(drawn({"a": [1.0, 10.0, 100.0, 1000.0]}))
    steps = [(x2 - x1, y1 - y2) for (x1, y1), (x2, y2) in zip(line, line[1:])]
    assert all(step == pytest.approx(steps[0], abs=0.2) and step[0] > 0 and step[1] > 0 for step in steps)


def test_a_curve_ends_at_its_name():
    root = drawn({"first": [1.0, 10.0], "second": [1.0, 0.1]})
    for name, line in zip(("first", "second"), lines(root), strict=True):
        (x, y), (name_x, name_y) = line[-1], at(root, name)
        assert 0 < name_x - x < 40 and abs(name_y - y) < 10


@pytest.mark.parametrize("count", [1, 3, 12, 24, 40])
def test_names_never_stand_on_one_another_and_stay_in_the_picture(count: int):
    root = drawn({f"layers.{k}: Linear": [1.0, 1.0 + k / 1000] for k in range(count)})
    names = [e for e in root.iter(f"{SVG}text") if (e.text or "").startswith("layers.")]
    places = sorted(float(e.get("y", "")) for e in names)
    assert all(b - a >= 13.9 for a, b in zip(places, places[1:]))
    assert places[0] > 0 and places[-1] < float(root.get("height", ""))
    assert len(lines(root)) == count
    assert {"layers.0: Linear", f"layers.{count - 1}: Linear"} <= {e.text for e in names}


def test_neighbouring_curves_differ_in_colour():
    for count in (8, 40):
        root = drawn({f"layer {k}": [1.0, 2.0] for k in range(count)})
        colors = [group.get("stroke") for group in root.iter(f"{SVG}g")]
        assert len(set(colors)) == count


@pytest.mark.parametrize(
    "ys, ticks",
    [
        ([1.0, 1e-6], {"1", "0.1", "0.01", "0.001", "1e-4", "1e-5", "1e-6"}),
        ([1e300, 1e-300], {"1e-300", "1e-200", "1e-100", "1", "1e100", "1e200", "1e300"}),
        ([1.0, 5.0], {"1", "2", "5"}),
        ([0.3], {"0.2", "0.3", "0.4", "0.5"}),
    ],
)
def test_the_numbers_of_the_vertical_axis_are_round(ys: list[float], ticks: set[str]):
    assert ticks <= set(texts(drawn({"a": ys})))


@pytest.mark.parametrize(
    "steps, ticks",
    [(1, ["1"]), (5, ["1", "2", "3", "4", "5"]), (60, ["1", "10", "20", "30", "40", "50", "60"]), (997, ["1", "200"])],
)
def test_the_numbers_of_the_horizontal_axis_are_1_and_round_ones(steps: int, ticks: list[str]):
    found = [text for text in texts(drawn({"a": [1e9 + k for k in range(steps)]})) if text.isdigit()]
    assert found[: len(ticks)] == ticks and len(found) <= 9


def test_a_single_point_is_a_dot_also_in_the_middle_of_a_curve():
    root = drawn({"a": [0.3], "b": [1.0, math.nan, 2.0, math.nan, 3.0, 4.0]})
    assert len(list(root.iter(f"{SVG}circle"))) == 3 and len(lines(root)) == 1


def test_what_a_logarithm_cannot_show_is_marked_and_interrupts_the_curve():
    root = drawn({"a": [1.0, 2.0, math.inf, 3.0, math.nan, math.nan, 0.0, -1.0, 4.0, 5.0]})
    assert [len(line) for line in lines(root)] == [2, 2]
    assert [text for text in texts(root) if text in ("inf", "nan", "0", "< 0")] == ["inf", "nan", "0", "< 0"]
    assert at(root, "inf")[1] < at(root, "5")[1]
    assert at(root, "0")[1] > at(root, "1")[1]


def test_marks_at_one_place_are_counted():
    root = drawn({f"layer {k}": [1.0, 2.0, math.nan] for k in range(12)})
    assert texts(root).count("nan ×12") == 1


def test_nothing_to_show_is_an_empty_picture():
    for series in ({}, {"a": []}, {"a": [math.nan]}):
        assert lines(drawn(series)) == []


def test_a_long_curve_keeps_its_peaks_and_its_ends_in_a_small_picture():
    ys = [1.0] * 100_000
    ys[0], ys[61_234], ys[-1] = 0.5, 100.0, 2.0
    root = drawn({"a": ys})
    (line,) = lines(root)
    assert len(line) < 1000
    peak = min(y for _, y in line)
    assert sum(y == peak for _, y in line) == 1
    level = line[1][1]
    assert line[0][1] > level > line[-1][1] > peak


def test_names_are_escaped_shown_safely_and_told_apart_where_they_are_long():
    names = ["<b>&", "\u202etrap\x00", "x" * 80 + "weight", "y" * 80 + "weight"]
    svg = curves({name: [1.0, 2.0] for name in names}, "<step>", "a\x01b")
    assert "\u202e" not in svg and "\x00" not in svg and "\x01" not in svg
    shown = texts(ElementTree.fromstring(svg))
    assert "<b>&" in shown and "<step>" in shown
    long = [text for text in shown if text.startswith("…")]
    assert len(set(long)) == 2 and all("weight" in name for name in long)


def test_its_colours_are_readable_on_white_and_on_black():
    svg = curves({f"layer {k}": [1.0, 2.0] for k in range(12)} | {"nan": [math.nan]}, "step", "norm")
    svg += curves({f"layer {k}": [1.0, 2.0] for k in range(8)}, "step", "norm")
    for color in set(re.findall("#[0-9a-f]{6}", svg)):
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]  # relative luminance, WCAG 2
        assert 1.05 / (light + 0.05) > 2.5 and (light + 0.05) / 0.05 > 2.5, color
