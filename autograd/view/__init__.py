"""Ways to look at a graph of Values; they read it and never change it.

drawing/      `draw`: the graph as a picture
explanation/  `explain`: the hand calculation
reasons/      `why`: what makes a gradient vanish, explode, or become 0, inf or nan
player/       `play`: a page on which backpropagation plays
doctor/       `diagnose`, `GradientMonitor`: what layers do to a gradient
steps.py      `backward_steps`: forward and backward one step at a time
formulas/     expressions, as explanations and steps write them
"""

from typing import TYPE_CHECKING

from .doctor.diagnose import Diagnosis, LayerReport, diagnose
from .doctor.monitor import GradientMonitor
from .drawing.dot import Graph, RenderError, draw
from .explanation.derivation import Line
from .explanation.explain import Explanation, explain
from .player.page import Player, play
from .reasons.path import Factor
from .reasons.why import Reason, why
from .steps import Step, backward_steps

__all__ = [
    "Diagnosis", "Explanation", "Factor", "Graph", "GradientMonitor", "LayerReport", "Line", "Player", "Reason",
    "RenderError", "Step", "backward_steps", "diagnose", "draw", "explain", "play", "why",
]  # fmt: skip

if not TYPE_CHECKING:
    from .._lazy import suggest

    __getattr__ = suggest(__name__)
