"""A walk through the pages of a site in a real browser: each is opened once, and all that is asked of it noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from browsing import Tab, violations

WIDTHS = (320, 390, 1024, 1600)
"""The narrowest that WCAG 2.1 asks for (1.4.10), a phone, a tablet, a wide screen."""

SILENT = "f => (f.getAttribute('aria-label') || f.querySelector('img')?.alt || '').length < 15"
BARE = "t => !t.querySelector('tbody th[scope=row], thead th[scope=col]')"
STUCK = (
    "[...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth && "
    "['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0 && "
    "!e.querySelector('a, button')).map(e => e.outerHTML.slice(0, 120))"
)
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(e => e.checkVisibility())"


@dataclass(frozen=True)
class Visit:
    """What a page was found to be.

    wide : how wide its content is at each width of the window, in CSS pixels. complaints, requests : of its loading,
    its own aside. links : their addresses. ids : of its elements. levels : of the headings that are seen. silent,
    bare : figures without words, tables without headings. stuck : what scrolls and no key reaches, on a phone.
    violations : what axe-core finds.
    """

    page: Path
    wide: dict[int, int]
    complaints: tuple[str, ...]
    requests: tuple[str, ...]
    links: tuple[str, ...]
    ids: frozenset[str]
    levels: tuple[int, ...]
    silent: int
    bare: int
    stuck: tuple[str, ...]
    violations: tuple[str, ...] = field(repr=False)


def visit(tab: Tab, page: Path) -> Visit:
    """Open a page on the narrowest window, widen it, and look; axe-core comes last, for it empties the drawings."""
    tab.size(WIDTHS[0])
    tab.open(page)
    complaints, requests = tuple(tab.complaints), tuple(tab.requests)
    wide, stuck = {}, ()
    for width in WIDTHS:
        tab.size(width)
        wide[width] = settled(tab, width)
        stuck = tuple(tab.run(STUCK)) if width == 390 else stuck
    tab.size(1024)
    settled(tab, 1024)
    return Visit(
        page=page,
        wide=wide,
        complaints=complaints,
        requests=tuple(r for r in requests if not r.startswith("data:"))[1:],  # the first is the page itself
        links=tuple(tab.run("[...document.links].map(a => a.href)")),
        ids=frozenset(tab.run("[...document.querySelectorAll('[id]')].map(e => e.id)")),
        levels=tuple(tab.run(f"{HEADINGS}.map(e => Number(e.tagName[1]))")),
        silent=tab.run(f"[...document.querySelectorAll('figure')].filter({SILENT}).length"),
        bare=tab.run(f"[...document.querySelectorAll('table')].filter({BARE}).length"),
        stuck=stuck,
        violations=tuple(_violations(tab)),
    )


def _violations(tab: Tab) -> list[str]:
    found = violations(tab)
    tab.size(390, dark=True)
    settled(tab, 390)
    return found + violations(tab, only=("color-contrast", "scrollable-region-focusable"))


def settled(tab: Tab, width: int) -> int:
    """How wide the content is once the page has taken its new width."""
    seen, wide = tab.run(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
        "done([window.innerWidth, document.documentElement.scrollWidth]))))"
    )
    assert seen == width, f"the window is {seen} wide, not {width}"
    return wide
