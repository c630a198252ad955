"""What does a scenario promise for the next period, and what came? Saved with a report, compared by the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import LinkageError, PeriodError, ReportError
from linkage.memory import kept
from linkage.publishing import Published
from linkage.regression.result import t_quantile
from linkage.results import Result
from linkage.sentences import number, plural
from linkage.worth.scenarios import WhatIf, what_if

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.periods import Period
    from linkage.worth.result import Bridge

FORECASTS_MIME = "application/vnd.linkage.forecasts+json"
FEWEST_CHANGES = 4
KEYS = (
    *(
        "scenario",
        "stage",
        "table",
        "column",
        "where",
        "made_in",
        "period",
        "estimate",
        "low",
        "high",
        "effect",
    ),
    *("confidence", "unit", "level", "basis", "state"),
)
"""What a saved forecast holds; forecasts.json is a list of such rows."""


@dataclass(frozen=True, eq=False, repr=False)
class Forecasts(Result):
    """What the scenarios promise for the next period.

    estimates : one row a scenario and stage: the mean of `column` of `table` expected in `period`, low, high (at
        `confidence`), effect (what of it the scenario is to bring in that period), state ("begins", "under way", "not
        yet"), level, basis. skipped : stages too short to forecast, and why.
    """

    estimates: pd.DataFrame
    skipped: pd.DataFrame
    made_in: str

    @property
    def rows(self) -> list[dict[str, object]]:
        """The rows to save as forecasts.json."""
        return self.estimates.to_dict("records")

    def summary(self) -> str:
        if self.estimates.empty:
            return "Nothing is promised: no scenario was valued whose stages have been seen long enough."
        said = [
            f"- {r['scenario']}, {r['column']} in {r['period']}: {number(r['estimate'])} ({number(r['low'])} to "
            f"{number(r['high'])}), of which {number(r['effect'])} by the scenario ({r['state']})"
            for r in self.rows
        ]
        return "\n".join(said)

    def table(self, decimals: int = 4) -> pd.DataFrame:
        shown = [
            "scenario",
            "column",
            "period",
            "estimate",
            "low",
            "high",
            "effect",
            "unit",
            "state",
            "level",
            "basis",
        ]
        return super().table(decimals)[shown].set_index(["scenario", "column"])

    def publish(self) -> Published:
        """The rows for forecasts.json, carried along as data beside the table."""
        return Published(FORECASTS_MIME, tuple(self.rows), self.table().reset_index(), "forecasts")


@dataclass(frozen=True, eq=False, repr=False)
class BackTest(Result):
    """Forecasts against what came.

    estimates : one row a forecast of this period: scenario, column, made_in, estimate (forecast), low, high, actual, n,
        error (actual - forecast), held (whether the actual lies within). remade : whether the forecasts were made now,
        from the data up to then, because none had been saved. missing : why nothing could be compared.
    """

    estimates: pd.DataFrame
    period: str
    remade: bool
    missing: str

    def check(self) -> Check:
        """Did as many forecasts hold as their intervals promised? NOT ASSESSED without any."""
        n = len(self.estimates)
        if not n:
            return Check("forecasts held", NOT_ASSESSED, None, None, self.missing)
        share, promised = float(self.estimates["held"].mean()), float(self.estimates["confidence"].mean())
        from scipy.stats import binom

        rare = binom.cdf(int(self.estimates["held"].sum()), n, promised) < 0.05
        advice = (
            "Fewer held than promised: find out what changed." if rare else "As many held as chance allows."
        )
        return Check("forecasts held", REVIEW if rare else PASS, share, promised, advice)

    def summary(self) -> str:
        if self.missing:
            return f"No forecast to compare. {self.missing}"
        n, held = len(self.estimates), int(self.estimates["held"].sum())
        made = ", ".join(sorted(set(self.estimates["made_in"])))
        how = " (none was saved: made now from the data up to then)" if self.remade else ""
        missed = [
            f"{r.column} ({r.scenario}) came to {number(r.actual)} against {number(r.low)} to {number(r.high)}"
            for r in self.estimates[~self.estimates["held"].astype(bool)].itertuples()
        ]
        outside = f" Outside: {'; '.join(missed)}." if missed else ""
        return (
            f"Of {n} {plural('forecast', n)} made in {made} for {self.period}{how}, {held} held within their intervals "
            f"({self.estimates['confidence'].mean():.0%} promised): {self.check().verdict}.{outside}"
        )

    def table(self, decimals: int = 4) -> pd.DataFrame:
        shown = ["scenario", "column", "made_in", "estimate", "low", "high", "actual", "n", "error", "held"]
        return super().table(decimals).reindex(columns=shown).set_index(["scenario", "column"])


@kept
def forecast_scenarios(
    study: OpenStudy,
    *,
    period: object,
    scenarios: WhatIf | None = None,
    starts: object = None,
    confidence: float = 0.95,
) -> Forecasts:
    """What do the scenarios promise for the period after this one?

    Each stage's mean (the driver, what lies between, the money of a customer) is expected to stand where it does, moved
    by what the scenario is to bring in that period. The interval holds how much the mean has moved from period to
    period before (a random walk) and the error of the effect: the season is in it, and so it is wide.
    scenarios : as `what_if` found them, to save asking again. starts : of scenarios that do not say it; default the
    period after this one.
    """
    made_in = study.check_period(period)
    begins = study.study.period(starts) if starts is not None else study.study.period(made_in).shift(1)
    answers = (scenarios or what_if(study, period=made_in)).answers
    rows, skipped = [], []
    for answer in answers:
        if answer.reason:
            skipped.append((answer.name, "", answer.reason))
            continue
        for stage, row in answer.stages.iterrows():
            try:
                rows.append(_forecast(study, answer, str(stage), row, made_in, begins, confidence))
            except PeriodError as error:
                skipped.append((answer.name, row["column"], str(error)))
    return Forecasts(
        pd.DataFrame(rows, columns=list(KEYS)),
        pd.DataFrame(skipped, columns=["scenario", "column", "reason"]),
        made_in,
    )


def _forecast(
    study: OpenStudy,
    answer: Bridge,
    stage: str,
    row: pd.Series,
    made_in: str,
    begins: Period,
    confidence: float,
) -> dict[str, object]:
    scenario = study.study.declared.scenarios.get(answer.name)
    where = dict(scenario.where) if scenario else {}
    table = f"link_{row['grain']}"
    means = stage_means(study, table, row["column"], where, made_in)["mean"].dropna()
    changes = means.diff().dropna().to_numpy()
    if len(changes) < FEWEST_CHANGES or means.index[-1] != made_in:
        raise PeriodError(
            f"{len(changes)} changes of {row['column']} have been seen; {FEWEST_CHANGES} at least."
        )
    starts = study.study.period(scenario.starts) if scenario and scenario.starts else begins
    state = _state(study.study.period(made_in).shift(1), starts.shift(int(row["lag"])))
    effect = row["effect"] if state == "begins" else 0.0
    spread = np.sqrt((changes**2).mean() + (row["std_error"] ** 2 if effect else 0.0))
    half = float(t_quantile((1 + confidence) / 2, np.array([float(len(changes))]))[0]) * spread
    estimate = float(means.iloc[-1] + effect)
    column = study.study.columns[row["grain"]].get(row["column"])
    unit = f"{answer.currency} a customer" if stage == "money" and row["column"] != "is_lost" else column.unit
    return {
        "scenario": answer.name,
        "stage": stage,
        "table": table,
        "column": row["column"],
        "where": where,
        "made_in": made_in,
        "period": str(study.study.period(made_in).shift(1)),
        "estimate": estimate,
        "low": estimate - half,
        "high": estimate + half,
        "effect": float(effect),
        "confidence": confidence,
        "unit": unit,
        "level": "L0",
        "basis": "assumed",
        "state": state,
    }


def _state(target: Period, due: Period) -> str:
    """Whether the scenario is to move a stage in the target period: before it is due, nothing; after it, it has."""
    return "begins" if target == due else "under way" if target > due else "not yet"


def stage_means(
    study: OpenStudy, table: str, column: str, where: Mapping[str, object], through: str
) -> pd.DataFrame:
    """The mean of a column by period, in order: mean, n; of the rows that `where` speaks of, as far as they know it."""
    rows = study.table(table, through=through)
    for name, value in where.items():
        if name in rows:
            rows = rows[rows[name].astype(str) == str(value)]
    if column not in rows:
        raise ReportError(f"{table} has no column {column!r} any more: a forecast of it cannot be compared.")
    values = rows[column].astype("float64")
    grouped = values.groupby(rows["period"], sort=True)
    return pd.DataFrame({"mean": grouped.mean(), "n": grouped.count()})


def compare_forecasts(
    saved: Iterable[Mapping[str, object]], study: OpenStudy, *, period: object, remade: bool = False
) -> BackTest:
    """What came of the forecasts that an earlier report saved for this period?

    saved : rows of forecasts.json; those for other periods are passed over. Raises ReportError for rows that are none.
    """
    through = study.check_period(period)
    rows, asked = [], 0
    for row in saved:
        lacking = [k for k in KEYS if k not in row]
        if lacking:
            raise ReportError(f"This is no saved forecast: it has no {', '.join(lacking)}.")
        asked += 1
        if str(row["period"]) != through:
            continue
        means = stage_means(study, str(row["table"]), str(row["column"]), row["where"], through)
        if through in means.index and pd.notna(means.loc[through, "mean"]):
            actual = float(means.loc[through, "mean"])
            held = bool(row["low"] <= actual <= row["high"])
            found = {"actual": actual, "n": int(means.loc[through, "n"]), "held": held}
            rows.append({**row, **found, "error": actual - row["estimate"]})
    missing = "" if rows else f"None of {asked} saved forecasts is for {through}."
    return BackTest(
        pd.DataFrame(rows, columns=[*KEYS, "actual", "n", "error", "held"]), through, remade, missing
    )


@kept
def back_test(
    study: OpenStudy,
    *,
    period: object,
    saved: Iterable[Mapping[str, object]] | None = None,
    scenarios: WhatIf | None = None,
) -> BackTest:
    """What came of what was promised a period ago?

    saved : rows of the forecasts.json of the report before. Without them the forecasts are made now from the means up
    to the period before: a scenario that does not say when it started had not begun then, so what is tested is where
    its stages would have stood without it. scenarios : as `what_if` found them, to save asking again.
    """
    through = study.check_period(period) if study.periods else ""
    if saved is not None:
        return compare_forecasts(saved, study, period=through)
    nothing = pd.DataFrame(columns=[*KEYS, "actual", "n", "error", "held"])
    try:
        now = study.study.period(through)
        before = study.check_period(now.shift(-1))
        asked = scenarios or what_if(study, period=through)
        made = forecast_scenarios(study, period=before, scenarios=asked, starts=now.shift(1))
    except LinkageError as error:
        return BackTest(nothing, through, True, str(error))
    if made.estimates.empty:
        return BackTest(nothing, through, True, "There is no scenario whose stages could have been forecast.")
    return compare_forecasts(made.rows, study, period=through, remade=True)
