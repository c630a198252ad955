"""Is the driver the outcome in other words? Separation, ranks and gaps, where explained variance says nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fewest import FEWEST_FITTED
from linkage.limits.foreseen import (
    EMPTY_SHARE,
    FEWEST_EVENTS,
    FILLED_IN,
    LEFT_EMPTY,
    SAME_RANK,
    SEPARATED_AUC,
    TOLD_SHARE,
)
from linkage.refuting.separation import (
    area_under,
    best_cut,
    empty_end,
    ever_and_never,
    share_line,
    told_share,
)
from linkage.rows import as_numbers, require_columns


@dataclass(frozen=True, eq=False)
class Leak:
    """What a driver tells of an outcome, without a straight line.

    estimates : rows auc (0/1 outcomes), auc_ever (of a driver that does not change for a customer, employee or unit: of
        those who ever had the event against the others), empty_share (of rows at one end of the driver where the event
        all but never occurs), rank_correlation, told_share (of the outcome's ranks, by bands of the
        driver), recorded_with and recorded_without (share of rows with a driver, with and without the event),
        recorded_auc (other outcomes: do rows with a driver have higher ones?): estimate, std_error, low, high, n.
        Rows that do not apply are left out.
    threshold : of a 0/1 outcome, the driver's value that parts best; right_share : of rows on their right side.
    """

    estimates: pd.DataFrame
    outcome: str
    driver: str
    events: int | None
    threshold: float
    right_share: float
    n: int


def look_for_leak(rows: pd.DataFrame, *, outcome: str, driver: str, confidence: float = 0.95) -> Leak | None:
    """Does a driver tell the outcome too well, or does its being on record tell it?

    rows : the link's rows before incomplete ones are dropped. None where fewer than thirty rows have an outcome,
    or the driver is a category (its explained share is enough there).

    Area under the curve with the error of Hanley and McNeil (1982, Radiology 143, p. 29); Spearman's correlation
    (error: Bonett and Wright 2000, Psychometrika 65, p. 23); correlation ratio of the outcome's ranks over up to fifty
    bands of the driver, less what as many bands explain by chance.
    """
    require_columns(rows, [outcome, driver])
    if not (is_numeric_dtype(rows[driver]) or is_bool_dtype(rows[driver])):
        return None
    y, x = as_numbers(rows[outcome]).to_numpy(), as_numbers(rows[driver]).to_numpy()
    has = np.isfinite(y)
    y, x = y[has], x[has]
    if len(y) < FEWEST_FITTED:
        return None
    known, is_flag = np.isfinite(x), bool(np.isin(y, (0.0, 1.0)).all())
    lines = _gaps(y, known, is_flag, confidence)
    y, x = y[known], x[known]
    cut = (math.nan, math.nan)
    enough = len(y) >= FEWEST_FITTED and np.ptp(y) > 0 and np.ptp(x) > 0
    if enough and is_flag:
        told, cut = _by_pairs(rows.loc[has].loc[known], y, x, confidence)
        lines |= told
    elif enough:
        lines |= _by_rank(y, x, confidence)
    if not lines:
        return None
    return Leak(
        estimates=pd.DataFrame(lines, index=["estimate", "std_error", "low", "high", "n"]).T,
        outcome=outcome,
        driver=driver,
        events=int(y.sum()) if is_flag else None,
        threshold=cut[0],
        right_share=cut[1],
        n=len(y),
    )


def _by_pairs(rows: pd.DataFrame, y: np.ndarray, x: np.ndarray, confidence: float):
    """The lines of a 0/1 outcome, and the cut that parts it best with the share on the right side of it."""
    lines, cut = _separation("auc", y, x, confidence), best_cut(y, x)
    ever = ever_and_never(rows, y, x)
    if ever is not None:
        lines |= _separation("auc_ever", *ever, confidence)
        cut = best_cut(*ever)
    return lines | {"empty_share": (empty_end(y, x), math.nan, math.nan, math.nan, len(y))}, cut


def _separation(name: str, y: np.ndarray, x: np.ndarray, confidence: float) -> dict[str, tuple]:
    events, others = int(y.sum()), int((1 - y).sum())
    if min(events, others) < FEWEST_EVENTS:
        return {}
    return {name: (*area_under(y, x, confidence), len(y))}


def _by_rank(y: np.ndarray, x: np.ndarray, confidence: float) -> dict[str, tuple]:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks, order = rankdata(y), rankdata(x)
    rho = float(np.corrcoef(ranks, order)[0, 1])
    error = math.sqrt((1 + rho**2 / 2) / max(len(y) - 3, 1))
    reach = float(ndtri((1 + confidence) / 2)) * error
    safe = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, rho)))
    line = (rho, error * (1 - rho**2), math.tanh(safe - reach), math.tanh(safe + reach), len(y))
    return {
        "rank_correlation": line,
        "told_share": (told_share(ranks, order), math.nan, math.nan, math.nan, len(y)),
    }


def _gaps(y: np.ndarray, known: np.ndarray, is_flag: bool, confidence: float) -> dict[str, tuple]:
    """Is the driver on record for one outcome rather than the other?"""
    if known.all() or not known.any():
        return {}
    if not is_flag:
        if min(known.sum(), (~known).sum()) < FEWEST_EVENTS:
            return {}
        return {"recorded_auc": (*area_under(known.astype(float), y, confidence), len(y))}
    if min((y == 1).sum(), (y == 0).sum()) < FEWEST_EVENTS:
        return {}
    return {
        name: (*share_line(known[y == value], confidence), int((y == value).sum()))
        for name, value in (("recorded_with", 1.0), ("recorded_without", 0.0))
    }


def judge_look_for_leak(found: Leak | None) -> Check:
    """FAIL where the driver parts or orders the outcomes almost without fault, or was filled in because of them."""
    name = "separation"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, SEPARATED_AUC,
            f"Too few rows with an outcome (below {FEWEST_FITTED}), or a driver that is a category.",
        )  # fmt: skip
    value = found.estimates["estimate"]
    for judge in (_judge_gaps, _judge_separation, _judge_empty, _judge_ranks):
        check = judge(name, found, value)
        if check is not None:
            return check
    if "auc" not in value and "rank_correlation" not in value:
        return Check(
            name, NOT_ASSESSED, None, SEPARATED_AUC,
            _too_few(found),
        )  # fmt: skip
    return _passed(name, value)


def _too_few(found: Leak) -> str:
    """Which of the two is too few: the rows with a driver, or those of one outcome among them."""
    fewest = found.n if found.events is None else min(found.events, found.n - found.events)
    if found.n >= FEWEST_FITTED and fewest < FEWEST_EVENTS:
        return f"Only {fewest:,} of {found.n:,} rows with a driver have one of the two outcomes."
    if found.n < FEWEST_FITTED:
        return f"Only {found.n:,} rows with an outcome have a driver."
    return f"{found.driver} or {found.outcome} never changes in the {found.n:,} rows that have both."


def _judge_gaps(name: str, found: Leak, value: pd.Series) -> Check | None:
    if "recorded_with" in value:
        share, others = value["recorded_with"], value["recorded_without"]
        said = f"{found.driver} is on record for {share:.0%} of rows with {found.outcome} and {others:.0%} of others"
        if share > FILLED_IN and others < LEFT_EMPTY:
            return Check(
                name, FAIL, float(share), FILLED_IN,
                f"{said}: it was filled in because of the outcome. Take what was known of everybody beforehand.",
            )  # fmt: skip
        if others > FILLED_IN and share < LEFT_EMPTY:
            return Check(
                name, REVIEW, float(share), LEFT_EMPTY,
                f"{said}: its absence tells the outcome. Find out when it is written down.",
            )  # fmt: skip
    if "recorded_auc" in value and max(value["recorded_auc"], 1 - value["recorded_auc"]) >= SEPARATED_AUC:
        return Check(
            name, REVIEW, float(value["recorded_auc"]), SEPARATED_AUC,
            f"Whether {found.driver} is on record tells {found.outcome} almost without fault: it may have been filled "
            "in because of it. Find out when it is written down.",
        )  # fmt: skip
    return None


def _judge_separation(name: str, found: Leak, value: pd.Series) -> Check | None:
    areas = [float(value[k]) for k in ("auc_ever", "auc") if k in value]
    perfect = [a for a in areas if max(a, 1 - a) >= SEPARATED_AUC]
    if not perfect:
        return None
    return Check(
        name, FAIL, perfect[0], SEPARATED_AUC,
        f"{found.driver} tells {found.outcome} almost without fault: parted at {found.threshold:.4g}, "
        f"{found.right_share:.1%} are told rightly ({found.events:,} events in {found.n:,} rows). Feedback never is "
        "that good: it was written down after the outcome, or is the outcome in other words.",
    )  # fmt: skip


def _judge_empty(name: str, found: Leak, value: pd.Series) -> Check | None:
    if "empty_share" not in value or value["empty_share"] < EMPTY_SHARE:
        return None
    return Check(
        name, REVIEW, float(value["empty_share"]), EMPTY_SHARE,
        f"At one end of {found.driver}, over {value['empty_share']:.0%} of {found.n:,} rows, {found.outcome} all but "
        "never occurs: no opinion foretells so well. Find out when it is written down, and who can have the outcome.",
    )  # fmt: skip


def _judge_ranks(name: str, found: Leak, value: pd.Series) -> Check | None:
    if "rank_correlation" not in value:
        return None
    rank, told = float(value["rank_correlation"]), float(value["told_share"])
    if abs(rank) < SAME_RANK and told < TOLD_SHARE:
        return None
    by_rank = abs(rank) >= SAME_RANK
    said = (
        f"orders {found.outcome} (rank correlation {rank:+.2f})"
        if by_rank
        else f"tells {told:.0%} of its order"
    )
    return Check(
        name, FAIL, rank if by_rank else told, SAME_RANK if by_rank else TOLD_SHARE,
        f"{found.driver} {said}: it is the outcome on another scale. Drop the link, or take another driver.",
    )  # fmt: skip


def _passed(name: str, value: pd.Series) -> Check:
    if "auc" in value:
        area = float(max(value["auc"], 1 - value["auc"]))
        said = f"Of a row with the outcome and one without, the driver names the right one in {area:.0%} of pairs."
        return Check(name, PASS, area, SEPARATED_AUC, said)
    rank = float(value["rank_correlation"])
    return Check(
        name, PASS, rank, SAME_RANK, f"The driver does not order the outcome (rank correlation {rank:+.2f})."
    )
