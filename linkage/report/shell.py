"""What every page of the site is put into: its templates, its look, and the one script it allows itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import linkage

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

SITE = Path(linkage.__file__).resolve().parent / "site"


@cache
def templates() -> Environment:
    """The site's templates, which escape whatever they are given and refuse a name that is missing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(SITE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    return environment


def breakable(name: str) -> Markup:
    """A declared name that may break after its underscores, and not in the middle of a word."""
    from markupsafe import Markup, escape

    return Markup(str(escape(name)).replace("_", "_<wbr>"))


def shell() -> dict[str, object]:
    """The look and the script of a page, and the mark by which it allows the script."""
    from markupsafe import Markup

    script = (SITE / "page.js").read_text(encoding="utf-8")
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (SITE / "style.css").read_text(encoding="utf-8")
    return {"style": Markup(style), "script": Markup(script), "script_hash": Markup(f"sha256-{mark}")}
