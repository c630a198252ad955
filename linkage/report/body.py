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
    from nbformat import NotebookNode

UNDESCRIBED = re.compile(r"<img (?![^>]*\balt=)")


@cache
def _exporter() -> HTMLExporter:
    load_nbformat()
    from nbconvert import HTMLExporter, TemplateExporter
    from nbconvert.filters import Highlight2HTML
    from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
    from traitlets.config import Config

    class Cells(HTMLExporter):
        """Fills the template in. The library then takes the whole page apart and writes it again, for images that
        have no description and for classes that the site's template has not: five times the work.
        """

        def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: object) -> tuple:
            self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3", parent=self))
            kinds = WidgetsDataTypeFilter(
                notebook_metadata=self._nb_metadata, parent=self, resources=resources
            )
            self.register_filter("filter_data_type", kinds)
            return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)

    exporter = Cells(
        extra_template_basedirs=[str(SITE)],
        template_name="body",
        config=Config(),
        exclude_anchor_links=True,
        optimistic_validation=True,  # checked once after all preprocessors, not after each of eleven
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
    return tidy(UNDESCRIBED.sub('<img alt="This picture has no description." ', html))


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
