"""What can be counted on an answer: a net promoter score, a top-box share, a mean; how, and how surely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.metrics import intervals
from linkage.metrics.moments import GroupMoments
from linkage.metrics.scales import (
    NPS_SCALE,
    check_answers,
    check_net_promoter_scale,
    check_scale,
    unseen_ends,
)

KINDS = ("nps", "top_box", "mean")
PROMOTER_FROM, DETRACTOR_TO = 9, 6


@dataclass(frozen=True)
class Measure:
    """One way to count answers.

    title : what is counted, before " of <score>". unit, factor : of the estimate and from values to it.
    check : refuses answers that cannot be counted so; returns notes. recode : answers to values.
    interval : (moments, confidence) to standard error, low and high, in values.
    """

    kind: str
    title: str
    unit: str
    method: str
    check: Callable[[pd.Series], tuple[str, ...]]
    recode: Callable[[np.ndarray], np.ndarray]
    interval: Callable[[GroupMoments, float], intervals.Interval]
    factor: float = 1.0


def net_promoters(scale: tuple[float, float] | None = None, method: str = "adjusted") -> Measure:
    """Promoters less detractors, in points of -100 to 100."""
    bounds = {"adjusted": intervals.adjusted_wald, "wald": intervals.plain_wald}
    if method not in bounds:
        raise TableError(f'method is "adjusted" or "wald"; got {method!r}.')

    def check(answers: pd.Series) -> tuple[str, ...]:
        check_net_promoter_scale(answers, scale)
        return unseen_ends(answers, NPS_SCALE)

    return Measure(
        kind="nps",
        title="Net promoter score",
        unit="points",
        method="adjusted Wald interval (Rocks 2016)" if method == "adjusted" else "Wald interval",
        check=check,
        recode=lambda answers: (answers >= PROMOTER_FROM).astype(float) - (answers <= DETRACTOR_TO),
        interval=bounds[method],
        factor=100.0,
    )


def top_boxes(scale: tuple[float, float] | None, top: int = 1, better: str = "higher") -> Measure:
    """The share of answers in the best `top` points of the scale."""
    if scale is None:
        raise TableError("A top-box share needs the scale that was asked, such as scale=(1, 5).")
    low, high = check_scale(scale)
    if better not in ("higher", "lower"):
        raise TableError(f'better is "higher" or "lower"; got {better!r}.')
    if top != int(top) or not 1 <= top <= high - low:
        raise TableError(f"top is a whole number of boxes, 1 to {high - low:g} on this scale; got {top!r}.")

    def check(answers: pd.Series) -> tuple[str, ...]:
        check_answers(answers, scale)
        return unseen_ends(answers, (low, high))

    def recode(answers: np.ndarray) -> np.ndarray:
        return (answers > high - top if better == "higher" else answers < low + top).astype(float)

    boxes = "top box" if top == 1 else f"top {top:g} boxes"
    return Measure(
        "top_box", f"Share in the {boxes}", "share", "Wilson interval", check, recode, intervals.wilson
    )


def means(scale: tuple[float, float] | None = None) -> Measure:
    """The mean answer."""

    def check(answers: pd.Series) -> tuple[str, ...]:
        if scale is not None:
            check_answers(answers, scale, whole=False)
        return ()

    unit = "scale points" if scale is None else f"points of {scale[0]:g} to {scale[1]:g}"
    return Measure("mean", "Mean", unit, "t interval", check, lambda answers: answers, intervals.student)


def measure(
    kind: str, *, scale: tuple[float, float] | None = None, top: int = 1, better: str = "higher"
) -> Measure:
    """The measure of that kind: "nps", "top_box" or "mean"."""
    if kind == "nps":
        return net_promoters(scale)
    if kind == "top_box":
        return top_boxes(scale, top, better)
    if kind == "mean":
        return means(scale)
    raise TableError(f"kind is one of {', '.join(KINDS)}; got {kind!r}.")
