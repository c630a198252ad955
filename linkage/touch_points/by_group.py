"""Touch points in each group of customers: how well each is done and how much it counts; small groups are hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from linkage.cards.parts.correcting import holm
from linkage.errors import LinkageError, TableError, TooFewRowsError
from linkage.metrics import mean_score
from linkage.suppressing import shown_groups
from linkage.touch_points.importance import rank_both
from linkage.touch_points.rows import Answers

GROUP_DRAWS = 300
UNKNOWN = "not known"
"""Who names no group is one of the groups: left out, the total less the others would tell of them."""
COLUMNS = (
    *("by", "group", "touch_point", "label", "n", "clusters"),
    *("performance", "performance_std_error", "performance_low", "performance_high"),
    *("importance", "importance_low", "importance_high", "estimate", "std_error", "low", "high"),
)


@dataclass(frozen=True, eq=False)
class Groups:
    """estimates : one row a column, group and touch point, the overall rating among them (importance missing).
    alike : one row a column and touch point: p-values, corrected for all rows (Holm), of "the same in every group",
    of performance and of slope. hidden : by column, how many groups are not shown. skipped : columns, and why.
    """

    estimates: pd.DataFrame
    alike: pd.DataFrame
    hidden: dict[str, int]
    skipped: dict[str, str]

    def __len__(self) -> int:
        return len(self.estimates)


def by_groups(answers: Answers, by: tuple[str, ...], *, seed: int = 0, confidence: float = 0.95) -> Groups:
    """Performance in the period and importance in all fitted rows, in every group of every column."""
    frames, hidden, skipped = [], {}, {}
    for column in by:
        made = _one_column(answers, column, seed, confidence)
        if isinstance(made, str):
            skipped[column] = made
            continue
        frame, hidden[column] = made
        frames.append(frame)
    estimates = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    return Groups(estimates, _alike(estimates), hidden, skipped)


def _one_column(
    answers: Answers, column: str, seed: int, confidence: float
) -> tuple[pd.DataFrame, int] | str:
    """The rows of one column and how many of its groups are hidden; or why there are none."""
    named = answers.table[column].astype(object).where(answers.table[column].notna(), UNKNOWN)
    now = answers.now.assign(**{column: named})
    names = [answers.spec.outcome, *answers.spec.drivers]
    sizes = pd.concat([_sizes(now.dropna(subset=[n]), column, answers.cluster) for n in names], axis=1)
    sizes = sizes.fillna(0).min(axis=1).sort_index()
    shown = shown_groups(sizes.to_numpy(), None, answers.minimum_group)
    if shown.sum() < 2:
        return f"Fewer than two of its groups have {answers.minimum_group} answers of different people."
    rows = []
    for group in sizes.index[shown]:
        inside, now_inside = (named == group).to_numpy(), now[now[column] == group]
        weights = _importance(answers, inside, column, seed, confidence)
        for name in names:
            line = {"by": column, "group": str(group), "touch_point": name, "label": answers.label(name)}
            line |= _performance(answers, now_inside, name, confidence)
            rows.append(line | (weights.loc[name].to_dict() if name in weights.index else {}))
    return pd.DataFrame(rows, columns=list(COLUMNS)), int((~shown).sum())


def _sizes(rows: pd.DataFrame, column: str, cluster: str) -> pd.Series:
    """People in each group; where rows are units, the rows themselves."""
    counted = rows.groupby(column, observed=True)
    return counted[cluster].nunique() if cluster == "customer_id" else counted.size()


def _performance(answers: Answers, rows: pd.DataFrame, name: str, confidence: float) -> dict[str, float]:
    try:
        found = mean_score(
            rows, score=name, cluster=answers.cluster, weights=answers.spec.weights, confidence=confidence,
            minimum_group=answers.minimum_group,
        ).estimates.iloc[0]  # fmt: skip
    except (TooFewRowsError, TableError):
        return {}
    named = {
        "performance": "estimate",
        "performance_std_error": "std_error",
        "performance_low": "low",
        "performance_high": "high",
    }
    return {
        "n": int(found["n"]),
        "clusters": found["clusters"],
        **{k: float(found[v]) for k, v in named.items()},
    }


def _importance(
    answers: Answers, inside: np.ndarray, column: str, seed: int, confidence: float
) -> pd.DataFrame:
    """Both rankings' main part in one group; empty where the group is too small for it."""
    rows = answers.table[inside & answers.fitted]
    controls = [c for c in answers.spec.controls if c != column and rows[c].nunique() > 1]
    try:
        made = rank_both(
            rows, answers, controls=controls, seed=seed, confidence=confidence, draws=GROUP_DRAWS
        ).estimates
    except LinkageError:
        return pd.DataFrame()
    return made[[c for c in COLUMNS if c in made]]


def _alike(estimates: pd.DataFrame) -> pd.DataFrame:
    """Cochran's Q of the groups' means and of their slopes, each touch point and column."""
    lines = []
    for (column, name), part in estimates.groupby(["by", "touch_point"], sort=False):
        means = _same(part["performance"], part["performance_std_error"])
        slopes = _same(part["estimate"], part["std_error"])
        lines.append((column, name, part["label"].iloc[0], len(part), means, slopes))
    frame = pd.DataFrame(lines, columns=["by", "touch_point", "label", "groups", "performance_p", "slope_p"])
    both = holm(frame[["performance_p", "slope_p"]].to_numpy(dtype=float).ravel()).reshape(-1, 2)
    return frame.assign(performance_p=both[:, 0], slope_p=both[:, 1])


def _same(values: pd.Series, errors: pd.Series) -> float:
    """p-value of "all groups are alike" (Cochran 1954, Biometrics 10, p. 114)."""
    known = values.notna() & (errors > 0)
    if known.sum() < 2:
        return np.nan
    weight = 1 / errors[known].to_numpy() ** 2
    gaps = values[known].to_numpy() - np.average(values[known], weights=weight)
    return float(stats.chi2.sf((weight * gaps**2).sum(), known.sum() - 1))
