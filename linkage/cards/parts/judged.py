"""Shape, segments and nesting as checks of a link: verdicts with their value, limit and advice."""

from __future__ import annotations

import math

from linkage.cards.parts.forms import STEPS
from linkage.cards.parts.nesting import Nesting
from linkage.cards.parts.segments import AGAINST, DIFFERS, HOLDS, NOWHERE, SegmentEffects, against_words
from linkage.cards.parts.shape import BENT, IN_STEPS, LinkShape
from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.forms import NESTING_P, SEGMENT_P, SHAPE_P
from linkage.sentences import CLUSTER_NOUNS, number, p_words, signed


def judge_shape(shape: LinkShape | None) -> Check:
    """PASS where a straight line serves; REVIEW where the link is to be read by its shape."""
    if shape is None or shape.is_straight is None:
        reason = shape.reason if shape else "There are no rows to look at."
        return Check("shape", NOT_ASSESSED, None, SHAPE_P, f"{reason} Its shape is not known.")
    value = shape.p_value if math.isfinite(shape.p_value) else None
    if shape.is_straight:
        words = shape.reason or "A straight line serves: no bend, curve or step is shown that it would hide."
        return Check("shape", PASS, value, SHAPE_P, words + _cut_words(shape))
    return Check(
        "shape", REVIEW, value, SHAPE_P, f"{_what(shape)}. Read the shape, not one slope.{_cut_words(shape)}"
    )


def _what(shape: LinkShape) -> str:
    """What shape it is, with its numbers."""
    rows = shape.estimates
    if shape.form == IN_STEPS:
        missed = shape.comparison.loc[STEPS, "missed_share"]
        return f"The levels of {shape.driver} do not lie on a line, which misses {missed:.0%} of what they explain"
    first, last = ("before", "after") if shape.form == BENT else ("at 25%", "at 75%")
    slopes = f"from {signed(rows.loc[first, 'estimate'])} to {signed(rows.loc[last, 'estimate'])}"
    if shape.form == BENT:
        return f"The slope turns at {number(float(rows.loc['break point', 'estimate']))} of {shape.driver}, {slopes}"
    ends = " and ".join(number(float(rows.loc[part, "at"])) for part in (first, last))
    return f"The slope changes along {shape.driver}: {slopes} between {ends}"


def _cut_words(shape: LinkShape) -> str:
    if shape.cuts is None or not shape.cuts.words.startswith(("mostly", "with")):
        return ""
    return f" On the scale of {shape.outcome} the link lies {shape.cuts.words}."


def judge_segments(effects: SegmentEffects | None) -> Check:
    """PASS where no segment is shown to differ; REVIEW where one does."""
    if effects is None or effects.segments.empty:
        skipped = "; ".join(f"{n}: {r}" for n, r in effects.skipped.items()) if effects else ""
        advice = skipped or "No segment is declared; name some under `segments:`, such as region."
        return Check("segments", NOT_ASSESSED, None, SEGMENT_P, advice)
    table = effects.segments
    value = float(table["p_adjusted"].min())
    turned = [f"{name}: {against_words(effects, name)}" for name in table.index[table["verdict"] == AGAINST]]
    differing = list(table.index[table["verdict"] == DIFFERS])
    if turned:
        advice = f"Against the trend in {'; '.join(turned)}. Do not act there on the mean of all."
        return Check("segments", REVIEW, value, SEGMENT_P, advice)
    if differing:
        advice = (
            f"The slope differs by {', '.join(differing)}: read it segment by segment, not as one for all."
        )
        return Check("segments", REVIEW, value, SEGMENT_P, advice)
    if (table["verdict"] == NOWHERE).all():
        advice = "In no segment a slope is shown, and none that differs."
    elif (table["verdict"] == HOLDS).all():
        advice = f"It holds in every segment of {', '.join(table.index)}."
    else:
        advice = "No segment is shown to differ; in some the slope itself is not shown."
    return Check("segments", PASS, value, SEGMENT_P, advice)


def judge_nesting(found: Nesting | None) -> Check:
    """PASS where within and between agree; REVIEW where they do not, in size or in sign."""
    if found is None:
        return Check(
            "within and between", NOT_ASSESSED, None, NESTING_P,
            "The rows are not nested, or the driver does not move both within groups and between them.",
        )  # fmt: skip
    table = found.nestings
    value = float(table["p_adjusted"].min())
    if not math.isfinite(value):
        return Check("within and between", NOT_ASSESSED, None, NESTING_P, "The two could not be compared.")
    if found.is_ecological:
        name = table["p_adjusted"].idxmin()
        return Check("within and between", REVIEW, value, NESTING_P, found.sentence(name))
    nouns = ", ".join(CLUSTER_NOUNS.get(n, n) for n in table.index)
    return Check(
        "within and between", PASS, value, NESTING_P,
        f"That it is the same within and between {nouns} is not ruled out ({_p(value)}).",
    )  # fmt: skip


def _p(value: float) -> str:
    words = p_words(value)
    return f"p {words}" if words.startswith("<") else f"p = {words}"
