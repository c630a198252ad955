"""The metric horse race: which way of counting answers foretells an outcome best, and whether any does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.catalogue import MONEY
from linkage.limits.fewest import FEW_RACING_UNITS, FEWEST_RACED, FEWEST_RACERS
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.racing.contenders import Contender, contenders_of
from linkage.racing.forecasting import drawn_shares, forecast, shares
from linkage.racing.rows import answered_together, race_rows
from linkage.results import Result

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

NO_WINNER = "no winner"
SHOWN = [
    "outcome",
    "metric",
    "share",
    "low",
    "high",
    "behind",
    "behind_low",
    "behind_high",
    "best_share",
    "n",
    "clusters",
]

READ = {f"behind{end}": f"behind_share{end}" for end in ("", "_low", "_high")}
"""What is read as a share of the error, as the share itself is."""


@dataclass(frozen=True, eq=False, repr=False)
class MetricRace(Result):
    """Which metric foretells which outcome.

    estimates : one row an outcome and metric: share (of the next period's squared error that knowing the metric
        saves) with its interval, behind (share points behind the best of its heat) with its interval, best_share (how
        often it is the best when clusters are drawn again), n and clusters (of the rows forecast), periods forecast,
        heat, grain.
    verdicts : one row an outcome and heat: winner or "no winner", and why. skipped : what could not be raced.
    """

    estimates: pd.DataFrame
    verdicts: pd.DataFrame
    skipped: pd.DataFrame
    confidence: float = 0.95

    def summary(self) -> str:
        if self.verdicts.empty:
            reasons = (
                "; ".join(self.skipped["reason"].unique())
                or "no two metrics of single answers stand beside an outcome"
            )
            return f"No race could be run: {reasons}."
        each = [f"- {row.outcome} ({row.heat}): {row.said}" for row in self.verdicts.itertuples()]
        return "\n".join([self.headline(), *each])

    def headline(self) -> str:
        """How many races have a winner, and in how many even the best foretells nothing."""
        runs, won = len(self.verdicts), int((self.verdicts["winner"] != NO_WINNER).sum())
        best = self.estimates.groupby(["outcome", "heat"], sort=False)["share"].idxmax()
        idle = int((self.estimates.loc[best, "low"] <= 0).sum())
        said = f"{won or 'None'} of {runs} {'race' if runs == 1 else 'races'} {'has' if won < 2 else 'have'} a winner."
        if not idle:
            return said
        return f"{said} In {idle} even the best way of counting the answers is not shown to foretell the outcome."

    def table(self, decimals: int = 4) -> pd.DataFrame:
        frame = self.estimates.reindex(columns=["heat", *SHOWN]).copy()
        numbers = frame.select_dtypes("floating").columns
        frame[numbers] = frame[numbers].round(decimals) + 0.0
        return frame.rename(columns=READ)

    def plot(self) -> Picture:
        from linkage.racing.drawing import draw_race

        return draw_race(self.estimates)


@kept
def metric_race(study: OpenStudy, *, period: object, confidence: float = 0.95, seed: int = 0) -> MetricRace:
    """Mean, top boxes, net promoters or loyalty indices: which foretells each financial outcome best?

    Metrics answered together run against each other, on the same rows, with the study's segments held fixed, at the
    grain of customers and of units; each forecast uses only periods before it. There is a winner where the best is
    ahead of every other of its heat (intervals by drawing whole clusters, Bonferroni over the pairs) and saves error
    at all; otherwise there is none (Morgan and Rego 2006; Keiningham et al. 2007).
    """
    check_confidence(confidence)
    through = study.check_period(period)
    rows, verdicts, skipped = [], [], []
    contenders = contenders_of(study.study)
    heats = answered_together(study, contenders) if contenders else []
    for grain, cluster in (("customer_period", "customer_id"), ("unit_period", "unit_id")):
        if not heats or f"link_{grain}" not in study.tables:
            continue
        outcomes = _outcomes(study, grain)
        for heat in heats:
            frame = race_rows(study, grain, heat, [o.name for o in outcomes], through)
            for outcome in outcomes:
                label = f"{outcome.label}, {grain.removesuffix('_period')}s"
                part = frame.dropna(subset=[*(c.name for c in heat), f"{outcome.name}__later", cluster])
                found = _run(part, outcome.name, heat, cluster)
                if isinstance(found, str):
                    skipped.append((label, _heat_name(heat), found))
                    continue
                table = _judge(found, heat, confidence, seed)
                basis = {"n": found.n, "clusters": found.clusters}
                rows.append(table.assign(outcome=label, heat=_heat_name(heat), grain=grain, **basis))
                verdicts.append((label, _heat_name(heat), *_verdict(table, found.clusters, grain)))
    estimates = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["heat", *SHOWN])
    return MetricRace(
        estimates,
        pd.DataFrame(verdicts, columns=["outcome", "heat", "winner", "said"]),
        pd.DataFrame(skipped, columns=["outcome", "heat", "reason"]),
        confidence,
    )


def _outcomes(study: OpenStudy, grain: str) -> list:
    """Money columns: of customers as they are; of units their growth, since a sum grows with its unit."""
    there = study.connection.table(f"link_{grain}").columns
    money = [c for c in study.study.columns[grain].values() if c.origin == MONEY and c.name in there]
    return [c for c in money if grain == "customer_period" or c.name.endswith("_growth")]


def _heat_name(heat: list[Contender]) -> str:
    names = list(dict.fromkeys(c.metric for c in heat))
    return " and ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} others"


def _run(part: pd.DataFrame, outcome: str, heat: list[Contender], cluster: str):
    """The forecasts of one outcome by one heat, or why there are none."""
    y = part[f"{outcome}__later"].to_numpy("float64")
    if len(part) < FEWEST_RACED or part[cluster].nunique() < FEWEST_RACERS:
        return f"only {len(part):,} rows in {part[cluster].nunique():,} clusters hold metrics and the later outcome"
    if np.ptp(y) == 0:
        return "the outcome does not vary"
    codes = pd.factorize(part[cluster])[0]
    held = [c for c in part if c.startswith("held__")]
    fixed = (
        pd.get_dummies(part[held].astype(str), drop_first=True).to_numpy("float64")
        if held
        else np.empty((len(y), 0))
    )
    found = forecast(
        y, fixed, part[[c.name for c in heat]].to_numpy("float64"), part["position"].to_numpy(), codes
    )
    return found or "too few periods to forecast one from those before"


def _judge(found, heat: list[Contender], confidence: float, seed: int) -> pd.DataFrame:
    estimate, drawn = shares(found), drawn_shares(found, seed=seed)
    best = int(np.argmax(estimate))
    tail = (1 - confidence) / 2
    narrow = tail / max(1, len(heat) - 1)  # Bonferroni over the comparisons with the best
    behind = drawn[:, [best]] - drawn
    return pd.DataFrame(
        {
            "metric": [c.label for c in heat],
            "name": [c.name for c in heat],
            "share": estimate,
            "low": np.quantile(drawn, tail, axis=0),
            "high": np.quantile(drawn, 1 - tail, axis=0),
            "behind": estimate[best] - estimate,
            "behind_low": np.quantile(behind, narrow, axis=0),
            "behind_high": np.quantile(behind, 1 - narrow, axis=0),
            "best_share": np.bincount(drawn.argmax(axis=1), minlength=len(heat)) / len(drawn),
            "periods": found.periods,
        }
    ).sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _verdict(table: pd.DataFrame, clusters: int, grain: str) -> tuple[str, str]:
    """The winner and the words, or "no winner" and why."""
    first, others = table.iloc[0], table.iloc[1:]
    few = (
        f" Only {clusters} units: hardly a race."
        if grain == "unit_period" and clusters < FEW_RACING_UNITS
        else ""
    )
    share, low, high = (_percent(first[part]) for part in ("share", "low", "high"))
    size = f"{share} of the error saved ({low} to {high})"
    if first["low"] <= 0:
        return NO_WINNER, f"no winner: the best, {first['metric']}, is not shown to foretell it; {size}.{few}"
    ahead = (others["behind_low"] > 0).all()
    if ahead and len(others):
        return first["name"], f"{first['metric']} foretells it best; {size}.{few}"
    rivals = others.loc[others["behind_low"] <= 0, "metric"]
    return NO_WINNER, (
        f"no winner: {first['metric']} leads, {size}, but {len(rivals)} other "
        f"{'metric is' if len(rivals) == 1 else 'metrics are'} as good within the interval.{few}"
    )


def _percent(share: float) -> str:
    return f"{share:.2%}".replace("-", "\N{MINUS SIGN}")
