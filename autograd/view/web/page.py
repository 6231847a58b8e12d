"""A page that goes through steps: one file that forbids itself the network, with the controls of the player."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["STYLE", "THEME", "self_contained"]

HERE = Path(__file__).parent


def _shared(file: str) -> str:
    return (HERE / file).read_text(encoding="utf-8")


THEME: Final = _shared("theme.css")  # the colours
STYLE: Final = _shared("page.css")  # everything around the picture


def self_contained(template: str, style: str, script: str, data: Mapping[str, Any], **pieces: str) -> str:
    """Put the pieces of a page in their places.

    A policy lets this script and this style run, and nothing else.

    Args:
        template: HTML with places such as `{{controls}}`.
        style: CSS.
        script: JavaScript that defines `render(moving)`; `controls.js` precedes it.
        data: what the page shows. It travels as JSON, so no text in it can become markup. `scenes` are the steps,
            `text` the words for each language, and `lang` is the language that the page opens in.
        pieces: the HTML for the other places.
    """
    script = _shared("controls.js") + script
    text = data["text"][data["lang"]]
    places = {
        "policy": f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
                  "base-uri 'none'; form-action 'none'",
        "lang": text["code"],
        "title": text["title"],
        "noscript": text["noscript"],
        "style": style,
        "controls": _shared("controls.html"),
        "data": _json(data),
        "script": script,
        **pieces,
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda match: places[match[1]], template)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _json(data: object) -> str:
    """Return JSON that cannot end the element that holds it: ASCII, and no < > &."""
    written = json.dumps(data, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
