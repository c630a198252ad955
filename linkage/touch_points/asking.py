"""Overall experience first, then each touch point relative to it: importance, performance, segments, what to move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError
from linkage.feedback import headlines
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.sentences import in_sentence
from linkage.touch_points.asked import groups_of, touch_point_link
from linkage.touch_points.by_group import Groups, by_groups
from linkage.touch_points.importance import Importance, importance_of
from linkage.touch_points.moving import move_to_median
from linkage.touch_points.places import IMPROVE, KEEP, places
from linkage.touch_points.result import TouchPoints
from linkage.touch_points.rows import Answers, answers_of, scale_of
from linkage.touch_points.standing import overall_standing, standings

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

NOT_RANKED = ("importance", "importance_low", "importance_high", "johnson", "johnson_low", "johnson_high")


@kept
def touch_point_priorities(
    study: OpenStudy,
    *,
    period: object,
    by: str | Sequence[str] | None = None,
    link: str | None = None,
    seed: int = 0,
    confidence: float = 0.95,
) -> TouchPoints:
    """How is the overall experience, which touch points count for it, how well is each done, and what to move first?

    by : columns whose groups are shown apart; default the declared segments, else attributes of customers or units.
    link : the declared link from touch points to the overall rating; default the first of that kind.

    Importance rests on all answers through the period, performance on the answers of the period. Shares of what is
    explained by Lindeman, Merenda and Gold (1980, p. 119) and by Johnson (2000), both drawn again with whole customers;
    what goes with moving a touch point is its slope times the distance, drawn together. An association, at L1 without
    controls and L2 with them. What cannot be answered is named in `missing` with what it would need.
    """
    check_confidence(confidence)
    found = touch_point_link(study, link)
    if isinstance(found, str):
        return _without_link(study, period, found, confidence, seed)
    groups = groups_of(study, found, by)
    answers = answers_of(study, found, study.check_period(period), groups)
    if answers.period is None:
        few = (
            f"No period has {answers.minimum_group} answers to {answers.label(found.outcome)}: wait for more."
        )
        return _without_link(study, period, few, confidence, seed)
    return _answered(answers, groups, seed, confidence)


def _answered(answers: Answers, by: tuple[str, ...], seed: int, confidence: float) -> TouchPoints:
    missing: dict[str, str] = {}
    ranked = importance_of(answers, seed=seed, confidence=confidence)
    if isinstance(ranked, str):
        missing["importance"] = ranked
    table = _table(answers, ranked, confidence)
    moves = _moves(answers, table, seed, confidence, missing)
    groups = by_groups(answers, by, seed=seed, confidence=confidence)
    if not by:
        missing["segments"] = "No category of customers or units is known. Declare segments: in study.yml."
    missing |= {f"segments by {name}": reason for name, reason in groups.skipped.items()}
    return _result(answers, table, ranked, moves, groups, missing, seed, confidence)


def _table(answers: Answers, ranked: Importance | str, confidence: float) -> pd.DataFrame:
    """One row a touch point: how well it is done, how much it counts, and where that puts it."""
    table = standings(answers, confidence=confidence)
    scales = {n: scale_of(answers.metrics[n]) for n in table.index}
    same = len({(scales[n], answers.metrics[n].better) for n in table.index}) == 1
    table["has_one_scale"] = same and next(iter(answers.metrics.values())).better == "higher"
    if isinstance(ranked, str):
        return places(table.assign(**dict.fromkeys((*NOT_RANKED, "is_above_noise"), np.nan)))
    return places(table.join(ranked.estimates)).sort_values("rank", kind="stable")


def _moves(
    answers: Answers, table: pd.DataFrame, seed: int, confidence: float, missing: dict[str, str]
) -> pd.DataFrame:
    """Every touch point short of the median moved to it; is_asked marks the weakest that counts."""
    spec, scales = answers.spec, {n: scale_of(answers.metrics[n]) for n in answers.spec.drivers}
    bare = [answers.label(n) for n, s in scales.items() if s is None]
    if bare or table["importance"].isna().all():
        missing["what to move"] = (
            f"{', '.join(bare)} has no scale; declare it under metrics." if bare else missing["importance"]
        )
        return pd.DataFrame(columns=["label", "is_asked"])
    rows = answers.table
    controls = [c for c in spec.controls if rows.loc[answers.fitted, c].nunique() > 1]
    try:
        made = move_to_median(
            rows, outcome=spec.outcome, drivers=list(spec.drivers), controls=controls, cluster=answers.cluster,
            of_units=spec.grain == "unit_period",
            scales={n: (*s, answers.metrics[n].better) for n, s in scales.items()}, weights=spec.weights,
            now=(rows["period"] == answers.period).to_numpy(), fitted=answers.fitted, seed=seed, confidence=confidence,
        )  # fmt: skip
    except LinkageError as error:
        missing["what to move"] = str(error)
        return pd.DataFrame(columns=["label", "is_asked"])
    counting = table[table["place"].isin((IMPROVE, KEEP))]
    weakest = counting["position"].idxmin() if len(counting) else None
    if weakest is None:
        missing["what to move"] = "No touch point counts more than an even share, so none comes first."
    up = np.array([1.0 if answers.metrics[n].better == "higher" else -1.0 for n in made.index])
    made.loc[up * made["step"].to_numpy() <= 0, ["step", "estimate", "std_error", "low", "high"]] = np.nan
    labels = [answers.label(n) for n in made.index]
    return made.assign(label=labels, is_asked=made.index == weakest).loc[list(table.index)]


def _result(answers, table, ranked, moves, groups: Groups, missing, seed, confidence) -> TouchPoints:
    metric, is_ranked = answers.metrics[answers.spec.outcome], not isinstance(ranked, str)
    unit = "share" if metric.type in ("flag", "percent") and metric.unit == "point" else metric.unit
    return TouchPoints(
        estimates=table,
        overall=overall_standing(answers, confidence),
        moves=moves,
        groups=groups,
        missing=missing,
        link=answers.spec.name,
        period=answers.period,
        level="L2" if is_ranked and ranked.main.controls else "L1",
        outcome_label=in_sentence(metric.label),
        outcome_unit=unit,
        agree=ranked.agree if is_ranked else False,
        r_squared=ranked.main.r_squared if is_ranked else np.nan,
        controls=ranked.main.controls if is_ranked else (),
        n_used=ranked.main.n_used if is_ranked else 0,
        n_clusters=ranked.main.clusters if is_ranked else None,
        of_units=answers.spec.grain == "unit_period",
        minimum_group=answers.minimum_group,
        seed=seed,
        confidence=confidence,
        grain=answers.spec.grain,
        cluster=answers.cluster or "",
    )


def _without_link(study: OpenStudy, period: object, why: str, confidence: float, seed: int) -> TouchPoints:
    """What can be said without a link: how each rating stands and changed; what counts is missing, with the reason."""
    overall = pd.DataFrame()
    missing = {"importance": why}
    try:
        made = headlines(study, period=period).estimates
        overall = made.rename(columns={"previous_estimate": "previous"})
    except LinkageError as error:
        missing["performance"] = str(error)
    return TouchPoints(
        estimates=pd.DataFrame(columns=["label", "unit", "n", "performance", "importance", "place", "is_sure"]),
        overall=overall, moves=pd.DataFrame(columns=["label", "is_asked"]), groups=None, missing=missing, link="",
        period=str(period), level="L1", outcome_label="", outcome_unit="", agree=False, r_squared=np.nan, controls=(),
        n_used=0, n_clusters=None, of_units=False, minimum_group=study.study.declared.minimum_group, seed=seed,
        confidence=confidence,
    )  # fmt: skip
