"""Which words does a page of the site show on paper, in order? Its text, heads of tables, words of drawings."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from linkage.report.shell import SITE

VOID = {"meta", "link", "br", "img", "input", "hr", "col", "wbr"}
NO_WORDS = {"script", "style", "head"}
ON_SCREEN_ONLY = {"repr"}
"""Hidden unless the code is shown, which a printer does not ask for."""
MADE_BY_STYLE = "\N{MIDDLE DOT}"
"""What the style sheet puts between words: on paper, and not in the page's text."""


@dataclass
class PageWords:
    """What a page shows on paper, blanks taken out.

    text : its running text in order. heads : the heads of its tables, which a printer repeats on each sheet. drawn :
    the words of its drawings, each with how often it stands there.
    """

    text: str = ""
    heads: set[str] = field(default_factory=set)
    drawn: Counter = field(default_factory=Counter)


def squeezed(text: str) -> str:
    """Text without blanks, soft hyphens and joined letters, as it can be compared however lines were broken."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(rf"[\s\u00ad\u200b{MADE_BY_STYLE}]+", "", plain)


def words_of(html: str) -> PageWords:
    """The words of a page of the site that a printer puts on paper."""
    reader = _Reader(_hidden_on_paper(html))
    reader.feed(html)
    reader.close()
    return reader.words


def _hidden_on_paper(html: str) -> set[str]:
    """What the style sheet hides on paper: classes, and tags with a class; some only where a page holds another."""
    style = (SITE / "style.css").read_text(encoding="utf-8").partition("@media print")[2]
    named = re.findall(r"([^{}@]+)\{\s*display:\s*none", style)
    found = {f".{name}" for name in ON_SCREEN_ONLY}
    for part in (part.strip() for names in named for part in names.split(",")):
        only = re.fullmatch(r"body:has\(\.(\w+)\) > (.+)", part)
        if only is None or re.search(rf'class="[^"]*\b{only[1]}\b', html):
            found.add(only[2] if only else part)
    return found


class _Reader(HTMLParser):
    def __init__(self, hidden: set[str]) -> None:
        super().__init__()
        self.words = PageWords()
        self._open: list[tuple[str, bool]] = []
        self._hidden = hidden
        self._head = ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag not in VOID:
            classes = str(dict(attributes).get("class") or "").split()
            names = {f".{name}" for name in classes} | {f"{tag}.{name}" for name in classes}
            self._open.append((tag, bool(names & self._hidden) or tag in NO_WORDS))

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        """Such a tag holds no words."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in VOID:
            closed, _ = self._open.pop()
            if closed == "thead":
                self.words.heads.add(self._head)
                self._head = ""
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        said = squeezed(data)
        if not said or any(hidden for _, hidden in self._open):
            return
        tags = {tag for tag, _ in self._open}
        if "svg" in tags:
            self.words.drawn[said] += 1
            return
        self.words.text += said
        if "thead" in tags:
            self._head += said
