"""Which picture shows which part of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.cards.card import LinkCard, column_of, label_of
from linkage.errors import LinkError
from linkage.plots import Picture, draw_estimates, nothing_to_draw
from linkage.sentences import plural

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("estimates", "ladder", "shape", "segments", "specifications", "lags", "leave one out")
"""What can be drawn of a card."""

CHOICES = ("controls", "effects", "outcome", "rows", "windows", "weights", "errors")


def draw_card(card: LinkCard, kind: str) -> Picture:
    """A part of a card, drawn; where there is nothing to draw, a picture that says why."""
    if kind not in KINDS:
        raise LinkError(f"There is no picture {kind!r} of a card: choose one of {', '.join(KINDS)}.")
    if kind == "estimates":
        return draw_estimates([card])
    if card.parts is None:
        return nothing_to_draw(card.reason or "Its rows were too many to look closer in memory.")
    return _DRAWN[kind](card)


def slope_label(card: LinkCard) -> str:
    """The axis of a slope: outcome units for one unit of the driver."""
    driver, outcome = column_of(card, card.spec.drivers[0]), column_of(card, card.spec.outcome)
    unit = plural(outcome.unit) or "change"
    return f"{unit} of {label_of(outcome, card.spec.change is not None)} for one {driver.unit or 'more'}"


def _ladder(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_ladder

    if card.parts.ladder is None:
        return nothing_to_draw("The link could not be compared in other ways.")
    return draw_ladder(card.parts.ladder.rungs, label=slope_label(card), confidence=card.confidence)


def _shape(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_binned_shape

    shape = card.parts.shape
    if shape is None or shape.form == "not assessed":
        return nothing_to_draw(shape.reason if shape else "The shape could not be computed.")
    driver, outcome = column_of(card, card.spec.drivers[0]), column_of(card, card.spec.outcome)
    place = None
    if shape.form == "bent":
        row = shape.estimates.loc["break point"]
        place = (float(row["estimate"]), float(row["low"]), float(row["high"]))
    names = [f"{c.label} ({plural(c.unit)})" if c.unit else c.label for c in (driver, outcome)]
    return draw_binned_shape(
        shape.bins, shape.curve, driver=names[0], outcome=names[1], place=place, confidence=card.confidence
    )


def _segments(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_segments

    effects = card.parts.segments
    if effects is None or effects.estimates.empty:
        return nothing_to_draw("No segment is declared whose groups are large enough to be shown apart.")
    return draw_segments(effects.estimates, label=slope_label(card), confidence=card.confidence)


def _specifications(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_specification_curve

    found = card.parts.attacks.specifications
    if found is None:
        return nothing_to_draw("There are too few other ways to ask this link.")
    frame = in_standard_units(found.estimates)
    choices = [c for c in frame if c in CHOICES and frame[c].astype(str).nunique() > 1]
    return draw_specification_curve(
        frame, choices=choices, label="in standard deviations",
        confidence=card.confidence,
    )  # fmt: skip


def in_standard_units(estimates: pd.DataFrame) -> pd.DataFrame:
    """Specifications in standard deviations: their outcomes have units of their own."""
    factor = estimates["standard"] / estimates["estimate"].where(estimates["estimate"] != 0)
    scaled = {c: estimates[c] * factor for c in ("estimate", "low", "high")}
    return estimates.assign(**scaled).dropna(subset=["estimate"])


def _lags(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_lag_profile

    found = card.parts.attacks.lags
    if found is None:
        return nothing_to_draw("The link is asked at one moment, or its grain has no periods.")
    return draw_lag_profile(
        found.estimates, label=slope_label(card), declared=card.spec.lag, confidence=card.confidence
    )


def _leave_one_out(card: LinkCard) -> Picture:
    from linkage.cards.plots import draw_leave_one_out

    found = next((f for f in card.parts.attacks.left_out.values() if f is not None), None)
    if found is None:
        return nothing_to_draw("The rows name neither units nor periods that could be left out.")
    return draw_leave_one_out(
        found.estimates, column=found.column, full=found.full, label=slope_label(card),
        confidence=card.confidence,
    )  # fmt: skip


_DRAWN = {
    "ladder": _ladder,
    "shape": _shape,
    "segments": _segments,
    "specifications": _specifications,
    "lags": _lags,
    "leave one out": _leave_one_out,
}
