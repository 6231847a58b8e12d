"""What a person can see of the player's page in a tab of a browser, and labels that would like to be markup."""

import pytest

from autograd import Value
from autograd.graph import reverse_sweep, topological_order

HOSTILE = [
    "</script><script>document.title = 'injected'</script>", "]]>", "<!--<script>", "-->", "</style>", "{{script}}",
    "<img src=x onerror=alert(1)>", "\"onload='alert(1)'", "javascript:alert(1)", "${alert(1)}", "{node}", "&lt;b&gt;",
    "\\u003cb>", "\u2028\u2029", "\u202eright to left", "\u05e9\u05dc\u05d5\u05dd", "مرحبا", "two\nlines",
    "\x00\x1b[31m", "\ud800", "权重₁", "😀", "__proto__", "constructor", " ", "x" * 5000,
]  # fmt: skip


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


def wait_until(tab, condition: str, frame=None) -> None:
    """Wait until an expression is true in the page, or in a frame of it; the policy forbids the browser's own way."""
    for _ in range(200):
        if (frame or tab).evaluate(condition):
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"never true: {condition}")


def expected_digits(output: Value) -> list[list[str]]:
    gradients = reverse_sweep(output)
    return [[node.label, repr(node.data), repr(gradients[node])] for node in topological_order(output)]
