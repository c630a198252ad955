"""Where can a picture taller than a sheet be parted? Between its rows of panels: each part is of reading size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

TALLEST = 1.4
"""Height of a picture on one sheet, as a multiple of its width: more would shrink its words or cut a panel."""
SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)
FIGURE = re.compile(r'(<figure[^>]* class="picture"[^>]*>)(.*?)</figure>', re.DOTALL)
BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
PANEL = re.compile(r"\n  <g[^>]*>.*?\n  </g>", re.DOTALL)
FRAME = re.compile(r"[ML] [\d.-]+ ([\d.-]+)")
WORDS = re.compile(r'<text [^>]*? y="([\d.-]+)"')
LETTER = 10.0
"""What a line of words needs above its foot, in the picture's units."""


@dataclass(frozen=True)
class Panel:
    """One panel of a picture: where it lies in its SVG, and from which height to which its words and frame reach."""

    start: int
    end: int
    top: float
    foot: float


def parted_pictures(html: str) -> str:
    """A page's HTML with each picture taller than a sheet in parts, one figure each; nothing of it twice."""
    return FIGURE.sub(_parted, html)


def _parted(found: re.Match) -> str:
    svg = SVG.search(found[2])
    parts = _parts(svg[0]) if svg else []
    start = found[1].replace('class="picture"', 'class="picture tall"')
    return "".join(f"{start}{part}</figure>" for part in parts) or found[0]


def _parts(svg: str) -> list[str]:
    """The parts of a tall picture; none where it fits one sheet or has one row of panels."""
    box = BOX.search(svg)
    wide, high = (float(size) for size in box.groups()) if box else (1.0, 1.0)
    bands = _bands(_panels(svg, high)) if high > TALLEST * wide else []
    cuts = [(_foot(above) + _top(below)) / 2 for above, below in pairwise(bands)]
    edges = [0.0, *cuts, high]
    rows = _filled([edges[p + 1] - edges[p] for p in range(len(bands))], TALLEST * wide)
    if len(rows) < 2:
        return []
    return [_part(svg, bands, row, edges[row[0]], edges[row[-1] + 1], wide) for row in rows]


def _panels(svg: str, high: float) -> list[Panel]:
    """The panels of a picture, from the top; its own ground is none."""
    found = []
    for group in PANEL.finditer(svg):
        frame = [float(y) for y in FRAME.findall(group[0].partition("</g>")[0])]
        words = [float(y) for y in WORDS.findall(group[0])]
        if frame and max(frame) - min(frame) < high:
            top = min([*frame, *(y - LETTER for y in words)])
            found.append(Panel(*group.span(), top, max([*frame, *words])))
    return sorted(found, key=lambda panel: panel.top)


def _bands(panels: list[Panel]) -> list[list[Panel]]:
    """Panels from the top, those whose heights overlap together."""
    bands: list[list[Panel]] = []
    for panel in panels:
        if bands and panel.top < _foot(bands[-1]):
            bands[-1].append(panel)
        else:
            bands.append([panel])
    return bands


def _top(band: list[Panel]) -> float:
    return min(panel.top for panel in band)


def _foot(band: list[Panel]) -> float:
    return max(panel.foot for panel in band)


def _filled(heights: list[float], most: float) -> list[list[int]]:
    """The places of bands, as many together as a sheet takes, and at least one."""
    rows: list[list[int]] = []
    for place, height in enumerate(heights):
        if rows and sum(heights[p] for p in rows[-1]) + height <= most:
            rows[-1].append(place)
        else:
            rows.append([place])
    return rows


def _part(svg: str, bands: list[list[Panel]], row: list[int], top: float, foot: float, wide: float) -> str:
    """The picture with the panels of some bands alone, seen from one height to another."""
    gone = sorted(
        (p for place, band in enumerate(bands) if place not in row for p in band), key=lambda p: p.start
    )
    kept, place = [], 0
    for panel in gone:
        kept.append(svg[place : panel.start])
        place = panel.end
    kept.append(svg[place:])
    return BOX.sub(f'viewBox="0 {top:g} {wide:g} {foot - top:g}"', "".join(kept), count=1)
