"""Whether answers lie on the scale they are said to lie on, before anything is counted on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.errors import TableError

NPS_SCALE = (0, 10)
GUESS_FROM = 10  # fewer answers than this say nothing about which scale was asked
UNSEEN_END_FROM = 200  # answers from which an end point nobody chose is worth a note


def check_answers(values: pd.Series, scale: tuple[float, float], *, whole: bool = True) -> None:
    """Refuse answers outside `scale`, or between its points, with their count and an example.

    values : float64 without missing values; its name is used in the message.
    scale : lowest and highest point, both included.
    whole : whether only the points themselves are answers (not means of several).
    """
    low, high = check_scale(scale)
    outside = values[(values < low) | (values > high)]
    if len(outside):
        raise TableError(
            f"Column {values.name!r}: {len(outside):,} of {len(values):,} answers lie outside the scale "
            f"{low:g} to {high:g}, for example {outside.iloc[0]:g}. Give the scale that was asked, or "
            "declare it in study.yml so that staging rejects what is not on it."
        )
    between = values[np.mod(values - low, 1) != 0]
    if whole and len(between):
        raise TableError(
            f"Column {values.name!r}: {len(between):,} of {len(values):,} answers are no points of the scale "
            f"{low:g} to {high:g}, for example {between.iloc[0]:g}. Shares are counted on single answers, "
            "not on means of several: use the answers themselves, or mean_score."
        )


def check_scale(scale: tuple[float, float]) -> tuple[float, float]:
    """The two ends of a scale as floats; refuses what is not two increasing finite numbers."""
    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise TableError(
            f"A scale is its lowest and highest point, such as (0, 10); got {scale!r}."
        ) from None
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise TableError(
            f"A scale runs from its lowest to its highest point, such as (0, 10); got {scale!r}."
        )
    return low, high


def check_net_promoter_scale(values: pd.Series, scale: tuple[float, float] | None) -> None:
    """Refuse answers that a net promoter score cannot be counted on.

    scale : None when nobody declared it; then answers that look like 1 to 5 or 1 to 7 are refused.

    The question is defined on 0 to 10 (Reichheld 2003, Harvard Business Review 81(12), p. 51).
    """
    if scale is not None and check_scale(scale) != NPS_SCALE:
        raise TableError(
            f"Column {values.name!r} is declared on {scale[0]:g} to {scale[1]:g}; a net promoter score is "
            "defined on 0 to 10 and is not comparable on any other scale. Use top_box or mean_score."
        )
    check_answers(values, NPS_SCALE)
    if scale is not None or len(values) < GUESS_FROM:
        return
    for top in (5, 7):
        if values.min() >= 1 and values.max() == top:
            raise TableError(
                f"Column {values.name!r}: all {len(values):,} answers lie in 1 to {top}, which looks like a "
                f"1 to {top} scale; a net promoter score is defined on 0 to 10. Use top_box or mean_score, "
                "or, if the question was asked on 0 to 10, say so: scale=(0, 10)."
            )


def unseen_ends(values: pd.Series, scale: tuple[float, float]) -> tuple[str, ...]:
    """Notes on end points of the scale that nobody chose: another scale may have been asked."""
    if len(values) < UNSEEN_END_FROM:
        return ()
    return tuple(
        f"nobody of {len(values):,} chose {end:g}: perhaps another scale was asked, such as {other}"
        for end, other in (
            (scale[0], f"{scale[0] + 1:g} to {scale[1]:g}"),
            (scale[1], f"{scale[0]:g} to {scale[1] - 1:g}"),
        )
        if not (values == end).any()
    )
