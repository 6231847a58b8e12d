"""Where things are: each module belongs to a layer, and imports point down."""

from __future__ import annotations

import pkgutil

import autograd
from docs.make import architecture, examples

IMPORTS = {name: imported - {"autograd"} for name, imported in architecture.imports().items() if name != "autograd"}


def test_every_module_belongs_to_one_layer() -> None:
    layered = [module for modules in architecture.LAYERS.values() for module in modules]
    assert sorted(layered) == sorted(module.name for module in pkgutil.iter_modules(autograd.__path__))


def test_a_module_imports_from_its_own_layer_and_from_those_below() -> None:
    order = list(architecture.LAYERS)
    for name, imported in IMPORTS.items():
        for other in imported:
            above = order.index(architecture.layer_of(other)) > order.index(architecture.layer_of(name))
            assert not above, f"{name} imports {other}"


def test_the_picture_shows_the_imports_that_there_are(tmp_path) -> None:
    drawn = architecture.draw(tmp_path)
    recorded = examples.recorded(examples.PICTURES / drawn.name)
    assert examples.content(drawn) == recorded, "run: python -m docs.make pictures"
