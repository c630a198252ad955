"""The HTML of a notebook's cells, through the site's own nbconvert template."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.quick import load_nbformat
from linkage.report.shell import SITE
from linkage.report.tidying import tidy

if TYPE_CHECKING:
    from nbconvert import HTMLExporter


@cache
def _exporter() -> HTMLExporter:
    load_nbformat()
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    exporter = HTMLExporter(
        extra_template_basedirs=[str(SITE)], template_name="body", config=Config(), exclude_anchor_links=True
    )
    exporter.register_filter("said", said)
    return exporter


def body_of(file: Path) -> str:
    """The cells of a notebook's file as tidied HTML, without page, prompts or anchors.

    The same bytes are rendered once: a report does it while other notebooks still run.
    """
    return _rendered(file.read_bytes())


@lru_cache(maxsize=64)
def _rendered(notebook: bytes) -> str:
    html, _ = _exporter().from_notebook_node(load_nbformat().reads(notebook.decode("utf-8"), as_version=4))
    return tidy(html)


def said(text: str) -> str:
    """What a cell printed, as prose: lists and paragraphs; columns that were lined up stay so."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).strip("\n")
    if re.search(r"\S {2,}\S", text):
        return f'<pre class="said" tabindex="0">{escape(text)}</pre>'
    parts, items = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("- "):
            items.append(f"<li>{_with_question(line[2:])}</li>")
            continue
        if items:
            parts.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line.strip():
            parts.append(f"<p>{escape(line)}</p>")
    return f'<div class="said">{"".join(parts)}</div>'


def _with_question(line: str) -> str:
    """A question that opens an answer stands out from it."""
    question, mark, answer = line.partition("? ")
    return f"<b>{escape(question)}?</b> {escape(answer)}" if mark and "." not in question else escape(line)
