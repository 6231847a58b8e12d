"""Ways to look at a graph of Values; they read it and never change it."""

from .dot import Graph, RenderError, draw

__all__ = ["Graph", "RenderError", "draw"]
