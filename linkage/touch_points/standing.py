"""How well each touch point is done: its mean, against the overall experience, the others, and the period before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from linkage.cards.parts.correcting import holm
from linkage.errors import TableError, TooFewRowsError
from linkage.metrics import compare_waves, mean_score
from linkage.touch_points.rows import Answers

INTERVAL = ("estimate", "std_error", "low", "high")
PERFORMANCE = ("performance", "performance_std_error", "performance_low", "performance_high")
CHANGE = ("change", "change_std_error", "change_low", "change_high")


def overall_standing(answers: Answers, confidence: float = 0.95) -> pd.DataFrame:
    """The overall experience: one row a way to count it (a net score where it is one, and the mean), of the last
    period, with its change since the one before: metric, label, kind, unit, period, estimate, std_error, low, high,
    n, previous_period, previous, change, change_std_error, change_low, change_high, change_p.
    """
    metric = answers.metrics[answers.spec.outcome]
    single = answers.spec.grain == "survey"
    kinds = ["nps", "mean"] if metric.score == "nps" and single else ["mean"]
    rows = []
    for kind in kinds:
        unit = "points, -100 to 100" if kind == "nps" else metric.unit
        base = {
            "metric": metric.name,
            "label": metric.label,
            "kind": kind,
            "unit": unit,
            "period": answers.period,
        }
        rows.append({**base, **_mean_and_change(answers, metric.name, kind, confidence)})
    return pd.DataFrame(rows)


def standings(answers: Answers, names: Sequence[str] | None = None, confidence: float = 0.95) -> pd.DataFrame:
    """One row a touch point of the last period, indexed by name: label, unit, n, performance, its position on the
    scale (0 to 1), against_overall and against_others (shares of the scale, paired within answers), and the change
    since the period before, its p-value corrected for the number of touch points (Holm).
    """
    names = list(answers.spec.drivers if names is None else names)
    paired = _paired(answers, names)
    rows = []
    for name in names:
        metric = answers.metrics[name]
        found = _mean_and_change(answers, name, "mean", confidence)
        means = {new: found[old] for old, new in zip(INTERVAL, PERFORMANCE, strict=True)}
        rest = {k: v for k, v in found.items() if k not in INTERVAL}
        line = {"label": metric.label, "unit": metric.unit, **means, **rest}
        for column in ("position", "against_overall", "against_others"):
            line |= _named(column, _mean(paired, f"{column} {name}", answers, confidence))
        rows.append(line)
    table = pd.DataFrame(rows, index=pd.Index(names, name="touch_point"))
    return table.assign(change_p=holm(table["change_p"].to_numpy()))


def _named(name: str, found: dict[str, float]) -> dict[str, float]:
    ends = {"estimate": name, "low": f"{name}_low", "high": f"{name}_high"}
    return {new: found[old] for old, new in ends.items()}


def _paired(answers: Answers, names: Sequence[str]) -> pd.DataFrame:
    """Positions of the period's answers, less the overall one's and less the mean of all touch points of the answer."""
    now = answers.now
    places = pd.DataFrame({name: answers.position(name, now) for name in names})
    overall = answers.position(answers.spec.outcome, now)
    # an answer that leaves one out would compare the others with something else
    middle = places.mean(axis=1, skipna=False)
    made = {f"position {n}": places[n] for n in names}
    made |= {f"against_overall {n}": places[n] - overall for n in names}
    made |= {f"against_others {n}": places[n] - middle for n in names}
    kept = [c for c in (answers.cluster, answers.spec.weights) if c]
    return pd.concat([now[kept], pd.DataFrame(made)], axis=1)


def _mean(rows: pd.DataFrame, column: str, answers: Answers, confidence: float) -> dict[str, float]:
    """A mean with its interval; missing where too few answer."""
    try:
        found = mean_score(
            rows, score=column, cluster=answers.cluster, weights=answers.spec.weights, confidence=confidence,
            minimum_group=answers.minimum_group,
        ).estimates.iloc[0]  # fmt: skip
    except (TooFewRowsError, TableError):
        return {**dict.fromkeys(INTERVAL, np.nan), "n": 0}
    return {**{k: float(found[k]) for k in INTERVAL}, "n": int(found["n"])}


def _mean_and_change(answers: Answers, name: str, kind: str, confidence: float) -> dict[str, object]:
    """The period's figure, and its change against the period before."""
    line = _mean(answers.now, name, answers, confidence) | {"previous_period": answers.previous}
    nothing = dict.fromkeys(("previous", *CHANGE, "change_p"), np.nan)
    how = {
        "cluster": answers.cluster, "weights": answers.spec.weights, "confidence": confidence,
        "minimum_group": answers.minimum_group,
    }  # fmt: skip
    if kind == "nps":
        from linkage.metrics import net_promoter

        found = net_promoter(answers.now, score=name, **how).estimates.iloc[0]
        line |= {k: float(found[k]) for k in INTERVAL}
    if answers.previous is None:
        return line | nothing
    try:
        moved = compare_waves(
            answers.table,
            score=name,
            wave="period",
            before=answers.previous,
            after=answers.period,
            kind=kind,
            **how,
        ).estimates.iloc[0]
    except (TooFewRowsError, TableError):
        return line | nothing
    if moved["suppressed"]:
        return line | nothing
    changed = {new: float(moved[old]) for old, new in zip(INTERVAL, CHANGE, strict=True)}
    return line | {"previous": float(moved["before"]), **changed, "change_p": float(moved["p_value"])}
