"""Ways to look at a graph of Values; they read it and never change it.

calculation.py  what they all begin with: order, names, gradients, expressions and rules, worked out once
network.py      which Values belong to which module, neuron and activation
verdicts.py     what gradients are called by their size
response.py     what an operation does to an operand at other numbers
names.py        what Values are called, if only by a number
notation/       expressions and formulas, as text and LaTeX
terminal.py     width, lines and tables of text
notebook.py     pictures and pages in a notebook, trusted or not
glance.py       what a notebook shows of a Value, a module or a training
curves.py       numbers over steps, as a picture

web/            pages that go through steps: their controls, style and policy
drawing/        `draw`: the graph as a picture
explanation/    `explain`: the hand calculation
reasons/        `why`: what makes a gradient vanish, explode, or become 0, inf or nan
player/         `play`, `backward_steps`: backpropagation step by step, on a page, as slides or as text
doctor/         `diagnose`, `GradientMonitor`: what layers do to a gradient
"""

from typing import TYPE_CHECKING

from .doctor.diagnose import Diagnosis, LayerReport, diagnose
from .doctor.monitor import GradientMonitor
from .drawing.draw import Graph, draw
from .drawing.render import RenderError, set_renderer
from .explanation.derivation import Line
from .explanation.explain import Explanation, explain
from .player.page import Player, play
from .player.steps import Step, backward_steps
from .reasons.path import Factor
from .reasons.why import Reason, why

__all__ = [
    "Diagnosis", "Explanation", "Factor", "Graph", "GradientMonitor", "LayerReport", "Line", "Player", "Reason",
    "RenderError", "Step", "backward_steps", "diagnose", "draw", "explain", "play", "set_renderer", "why",
]  # fmt: skip

if not TYPE_CHECKING:
    from .._lazy import public_names, suggest

    __getattr__ = suggest(__name__)
    __dir__ = public_names(__name__)
