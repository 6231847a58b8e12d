"""Ways to look at a graph of Values; they read it and never change it."""

from .diagnose import Diagnosis, diagnose
from .dot import Graph, RenderError, draw
from .explain import Explanation, explain
from .monitor import GradientMonitor
from .player import Player, play
from .steps import Step, backward_steps
from .why import Reason, why

__all__ = [
    "Diagnosis", "Explanation", "Graph", "GradientMonitor", "Player", "Reason", "RenderError", "Step",
    "backward_steps", "diagnose", "draw", "explain", "play", "why",
]  # fmt: skip
