"""A drawing as it stands in a page: nothing around it, of any width, the same bytes on every run."""

from __future__ import annotations

import hashlib
import re


def for_a_page(svg: str, *, ink: str) -> str:
    """Only the <svg> element, as wide as its place allows, its ink in the page's own colour."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 width="100%"', svg, count=1)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # the same in every figure, and nothing refers to them
    svg = steady_names(svg)
    svg = svg.replace("'DejaVu Sans'", "'DejaVu Sans', system-ui")
    return svg.replace(ink, "currentColor")


def steady_names(svg: str) -> str:
    """Names that hash what is drawn, each by its place in it: the library's own hash the layout's last binary digit."""
    names = list(dict.fromkeys(re.findall(r'\bid="([mp][0-9a-f]{10})"', svg)))
    place = {name: str(i) for i, name in enumerate(names)}

    def renamed(prefix: str) -> str:
        return re.sub(r"\b[mp][0-9a-f]{10}\b", lambda m: prefix + place[m[0]] if m[0] in place else m[0], svg)

    return renamed(f"d{hashlib.sha256(renamed('').encode()).hexdigest()[:10]}-")
