"""All drawing: pictures as SVG with the numbers in their alternative text; nothing is computed here."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from linkage.long_labels import break_long_labels
from linkage.sentences import interval_words, number
from linkage.svg import for_a_page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from linkage.cards.card import LinkCard
    from linkage.drivers import DriverRanking
    from linkage.thresholds import BinnedMeans, Break

ACCENT, MUTED, INK = "#0b6e99", "#8a8f94", "#1a1a1b"
"""One accent, one grey and the ink; readable for the colour-blind, in grey and on a dark page."""

SETTINGS = {
    "svg.hashsalt": "linkage",
    "svg.fonttype": "none",
    "text.parse_math": False,  # a label with two dollar signs is no formula
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # above the axes, where it is without this too, after measuring every tick again
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure: its SVG and the text that says the same, numbers included."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        html = f'<figure class="picture" role="img" aria-label="{escape(self.alt)}">{self.svg}</figure>'
        return {"text/html": html, "text/plain": repr(self)}


def picture(draw: Callable[[Figure], None], alt: str, *, width: float = 7.2, height: float = 3.2) -> Picture:
    """Draw on a fresh figure and keep it as SVG that is the same on every run and follows the page's colour."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with mpl.rc_context(SETTINGS):
        figure = _sheet()(figsize=(width, height))
        FigureCanvasSVG(figure)
        draw(figure)
        break_long_labels(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return Picture(for_a_page(stream.getvalue(), ink=INK), alt)


@cache
def _sheet() -> type[Figure]:
    """A figure drawn once. Saving one with a layout draws it twice, the first time only to have it laid out."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    class Sheet(Figure):
        def draw(self, renderer: object) -> None:
            layout = self.get_layout_engine()
            if isinstance(layout, ConstrainedLayoutEngine):
                layout.execute(self)
            else:
                super().draw(renderer)

    return Sheet


def nothing_to_draw(reason: str) -> Picture:
    """An empty picture that says why it is empty."""
    return Picture(
        f"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'><title>{escape(reason)}</title></svg>",
        reason,
    )


def draw_estimates(cards: Sequence[LinkCard]) -> Picture:
    """Each link's estimate with its interval in its own units, beside the raw association in grey."""
    rows = [
        (card, row)
        for card in cards
        for row in card.estimates.to_dict("records")
        if pd.notna(row["estimate"])
    ]
    if not rows:
        return nothing_to_draw("Nothing was estimated.")
    alt = "Estimates with intervals. " + "; ".join(
        f"{card.name}, {_driver(row)}: {number(row['estimate'])} "
        f"({interval_words(row['low'], row['high'], card.confidence)}), {row['verdict']}"
        for card, row in rows
    )

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
        for axis, (card, row) in zip(axes, rows, strict=True):
            _draw_estimate(axis, card, row)

    return picture(draw, alt, height=0.75 * len(rows) + 0.5)


def _draw_estimate(axis: Axes, card: LinkCard, row: dict) -> None:
    """One estimate on its own scale, since every link has its own units; the raw association in grey above."""
    axis.axvline(0, color=MUTED, linewidth=0.8)
    axis.plot([row["raw_low"], row["raw_high"]], [1, 1], color=MUTED, linewidth=1.5)
    axis.plot(row["raw_estimate"], 1, "o", color=MUTED, markersize=4)
    colour = ACCENT if row["verdict"] == "linked" else MUTED
    axis.plot([row["low"], row["high"]], [0, 0], color=colour, linewidth=2.5)
    axis.plot(row["estimate"], 0, "o", color=colour, markersize=6)
    axis.set_ylim(-0.8, 1.8)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=8)
    mark = ", exploratory" if card.exploratory else ""
    axis.set_title(f"{_driver(row)} → {card.spec.outcome} ({card.level}, {row['verdict']}{mark})", fontsize=9)


def _driver(row: dict) -> str:
    return f"{row['driver']}: {row['category']}" if isinstance(row["category"], str) else row["driver"]


def draw_trend(
    frame: pd.DataFrame, *, label: str, unit: str, changes: dict[str, str] | None = None
) -> Picture:
    """One metric over periods. frame : index = period, columns estimate, low, high, n.

    changes : periods from which something about the metric is otherwise, such as its scale, and what was before;
        a line stands at the left of each.
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return nothing_to_draw(f"{label}: too few answers in every period to draw.")
    alt = f"{label} by period, 95% intervals. " + "; ".join(
        f"{period}: {number(r.estimate)} ({number(r.low)} to {number(r.high)}; n = {int(r.n):,})"
        for period, r in known.iterrows()
    )
    changed = _first_places(list(known.index), changes or {})
    alt += "".join(f". Changed from {known.index[place]}: {words}" for place, words in changed.items())

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(known))
        for place, words in changed.items():
            _mark_change(axis, place - 0.5, words, to_right=place < len(known) / 2)
        axis.fill_between(places, known["low"], known["high"], color=ACCENT, alpha=0.18, linewidth=0)
        axis.plot(places, known["estimate"], color=ACCENT, marker="o", markersize=4)
        axis.set_xticks(list(places), list(known.index), rotation=0 if len(known) < 9 else 45)
        axis.set_ylabel(unit)
        axis.set_title(label)
        last = known["estimate"].iloc[-1]
        axis.annotate(number(last), (len(known) - 1, last), xytext=(6, 4), textcoords="offset points")

    return picture(draw, alt)


def _mark_change(axis: Axes, x: float, words: str, *, to_right: bool) -> None:
    axis.axvline(x, color=MUTED, linestyle=":", linewidth=1)
    axis.annotate(
        words,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4 if to_right else -4, -10),
        textcoords="offset points",
        ha="left" if to_right else "right",
        fontsize=7,
        color=MUTED,
    )


def _first_places(periods: list[str], changes: dict[str, str]) -> dict[int, str]:
    """Where the first period shown stands that is not before each change; none where nothing was shown before."""
    first = {
        next((i for i, p in enumerate(periods) if p >= start), 0): words for start, words in changes.items()
    }
    return {place: words for place, words in first.items() if place}


def draw_shape(bins: BinnedMeans, found: Break) -> Picture:
    """Mean outcome in bins of a driver; the broken line, with its band, only where a break is shown."""
    frame = bins.estimates
    place = found.estimates.loc["break_point"]
    shown = (
        f"A break at {number(place.estimate)} ({number(place.low)} to {number(place.high)})"
        if found.is_shown
        else "No break is shown"
    )
    alt = f"Mean {bins.outcome} in bins of {bins.driver}, 95% intervals. {shown}. " + "; ".join(
        f"around {number(r.driver_mean)}: {number(r.estimate)} ({number(r.low)} to {number(r.high)}; n = {int(r.n):,})"
        for r in frame.itertuples()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        if found.is_shown:
            curve = found.curve
            axis.axvspan(place.low, place.high, color=MUTED, alpha=0.2, linewidth=0)
            axis.fill_between(
                curve["driver"], curve["low"], curve["high"], color=ACCENT, alpha=0.15, linewidth=0
            )
            axis.plot(curve["driver"], curve["estimate"], color=ACCENT, linewidth=1.5)
            top = axis.get_ylim()[1]
            axis.text(
                place.estimate,
                top,
                f"break at {number(place.estimate)}",
                ha="center",
                va="bottom",
                fontsize=8,
            )
        axis.vlines(frame["driver_mean"], frame["low"], frame["high"], color=INK, linewidth=1.2)
        axis.plot(frame["driver_mean"], frame["estimate"], "o", color=INK, markersize=4)
        axis.set_xlabel(bins.driver)
        axis.set_ylabel(bins.outcome)

    return picture(draw, alt)


def draw_shares(ranking: DriverRanking) -> Picture:
    """Each driver's share of what is explained, with its interval, the one that counts most on top."""
    frame = ranking.estimates.iloc[::-1]
    alt = f"Share of the explained variance of {ranking.outcome} by driver, 95% intervals. " + "; ".join(
        f"{r.Index}: {r.share:.0%} ({r.share_low:.0%} to {r.share_high:.0%})"
        for r in ranking.estimates.itertuples()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(frame))
        colours = [ACCENT if above else MUTED for above in frame["is_above_noise"]]
        axis.hlines(places, frame["share_low"], frame["share_high"], color=colours, linewidth=2)
        axis.scatter(frame["share"], places, c=colours, s=36, zorder=3)
        axis.set_yticks(list(places), list(frame.index))
        axis.set_xlim(0, max(0.05, float(frame["share_high"].max()) * 1.15))
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        for place, row in zip(places, frame.itertuples(), strict=True):
            axis.annotate(
                f"{row.share:.0%}", (row.share_high, place), xytext=(6, -3), textcoords="offset points"
            )

    return picture(draw, alt, height=0.42 * len(frame) + 0.9)


def draw_coverage(joins: pd.DataFrame) -> Picture:
    """The share of rows each join matched. joins : join, rows, match_rate."""
    rows = joins.iloc[::-1]
    alt = "Share of rows matched by join. " + "; ".join(
        f"{r.join}: {r.match_rate:.1%} of {int(r.rows):,}" for r in joins.itertuples()
    )

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        places = range(len(rows))
        axis.barh(places, [1] * len(rows), color=MUTED, alpha=0.25)
        axis.barh(places, rows["match_rate"], color=ACCENT)
        axis.set_yticks(list(places), list(rows["join"]), fontsize=8)
        axis.set_xlim(0, 1.12)
        axis.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
        for place, share in zip(places, rows["match_rate"], strict=True):
            axis.text(1.01, place, f"{share:.0%}", va="center", fontsize=8)

    return picture(draw, alt, width=8.0, height=0.3 * len(rows) + 0.6)
