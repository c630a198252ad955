"""What does a scenario promise for the next period? Saved with a report, compared with what came by the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import PeriodError, ReportError
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.publishing import Published
from linkage.regression.result import t_quantile
from linkage.results import Result
from linkage.sentences import capital, in_words, number
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
        "label",
        "where",
        "made_in",
        "period",
        "estimate",
        "low",
        "high",
    ),
    *(
        "effect",
        "without",
        "without_low",
        "without_high",
        "confidence",
        "unit",
        "level",
        "basis",
        "state",
        "lag",
        "starts",
    ),
)
"""What a saved forecast holds; forecasts.json is a list of such rows."""


@dataclass(frozen=True, eq=False, repr=False)
class Forecasts(Result):
    """What the scenarios promise for the next period.

    estimates : one row a scenario and stage: the mean of `column` of `table` expected in `period`, low, high (at
        `confidence`), effect (what of it the scenario is to bring in that period), without with without_low and
        without_high (the same were the scenario not carried out), lag (periods from its start to the stage), state
        ("begins", "under way", "not yet"), starts (of the scenario as declared then, "" where it was not), label (of
        the column), level, basis.
        skipped : stages too short to forecast, and why.
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
            f"- {r['label']} ({in_words(r['scenario'])}) in {r['period']}: {number(r['estimate'])} "
            f"({number(r['low'])} to {number(r['high'])}), of which {number(r['effect'])} by the scenario "
            f"({r['state']})"
            for r in self.rows
        ]
        return "\n".join(said)

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """For reading: scenarios and stages by what they are called."""
        shown = [
            "scenario",
            "stage",
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
        return named_for_reading(super().table(decimals))[shown].set_index(["scenario", "stage"])

    def publish(self) -> Published:
        """The rows for forecasts.json, carried along as data beside the table."""
        return Published(FORECASTS_MIME, tuple(self.rows), self.table().reset_index(), "forecasts")


def named_for_reading(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of forecasts with the scenario in words and the label of its column as the stage."""
    said = [capital(in_words(name)) for name in frame["scenario"]]
    return frame.assign(scenario=said, stage=[capital(label) for label in frame["label"]])


@kept
def forecast_scenarios(
    study: OpenStudy,
    *,
    period: object,
    scenarios: WhatIf | None = None,
    confidence: float = 0.95,
) -> Forecasts:
    """What do the scenarios promise for the period after this one?

    Each stage's mean (the driver, what lies between, the money of a customer) is expected to stand where it does, moved
    by what the scenario is to bring in that period. The interval holds how much the mean has moved from period to
    period before (a random walk) and the error of the effect: the season is in it, and so it is wide.
    scenarios : as `what_if` found them, to save asking again. starts : of scenarios that do not say it; default the
    period after this one.
    """
    check_confidence(confidence)
    made_in = study.check_period(period)
    answers = (scenarios or what_if(study, period=made_in)).answers
    rows, skipped = [], []
    for answer in answers:
        if answer.reason:
            skipped.append((answer.name, "", answer.reason))
            continue
        for stage, row in answer.stages.iterrows():
            try:
                rows.append(_forecast(study, answer, str(stage), row, made_in, confidence))
            except PeriodError as error:
                skipped.append((answer.name, row["column"], str(error)))
    return Forecasts(
        pd.DataFrame(rows, columns=list(KEYS)),
        pd.DataFrame(skipped, columns=["scenario", "column", "reason"]),
        made_in,
    )


def _forecast(
    study: OpenStudy, answer: Bridge, stage: str, row: pd.Series, made_in: str, confidence: float
) -> dict[str, object]:
    scenario = study.study.declared.scenarios.get(answer.name)
    where = dict(scenario.where) if scenario else {}
    table, target = f"link_{row['grain']}", study.study.period(made_in).shift(1)
    means = stage_means(study, table, row["column"], where, made_in)["mean"].dropna()
    changes = means.diff().dropna().to_numpy()
    if len(changes) < FEWEST_CHANGES or means.index[-1] != made_in:
        raise PeriodError(
            f"{len(changes)} changes of {row['column']} have been seen; {FEWEST_CHANGES} at least."
        )
    starts = study.study.period(scenario.starts) if scenario and scenario.starts else target
    state = state_of(target, starts.shift(int(row["lag"])))
    effect = float(row["effect"]) if state == "begins" else 0.0
    last, walk = float(means.iloc[-1]), float((changes**2).mean())
    times = float(t_quantile((1 + confidence) / 2, np.array([float(len(changes))]))[0])
    moved = times * np.sqrt(walk + (row["std_error"] ** 2 if effect else 0.0))
    column = study.study.columns[row["grain"]].get(row["column"])
    is_money = stage == "money" and row["column"] != "is_lost"
    return {
        "scenario": answer.name,
        "stage": stage,
        "table": table,
        "column": row["column"],
        "label": column.label if column else in_words(row["column"]),
        "where": where,
        "made_in": made_in,
        "period": str(target),
        **_interval("estimate", "low", "high", last + effect, float(moved)),
        "effect": effect,
        **_interval("without", "without_low", "without_high", last, times * float(np.sqrt(walk))),
        "confidence": confidence,
        "unit": f"{answer.currency} a customer" if is_money else column.unit,
        "level": "L0",
        "basis": "assumed",
        "state": state,
        "lag": int(row["lag"]),
        "starts": (scenario.starts if scenario else None) or "",
    }


def _interval(name: str, low: str, high: str, middle: float, half: float) -> dict[str, float]:
    return {name: middle, low: middle - half, high: middle + half}


def state_of(target: Period, due: Period) -> str:
    """Whether the scenario is to move a stage in the target period: before it is due, nothing; after it, it has."""
    return "begins" if target == due else "under way" if target > due else "not yet"


def stage_means(
    study: OpenStudy, table: str, column: str, where: Mapping[str, object], through: str
) -> pd.DataFrame:
    """The mean of a column by period, in order: mean, n; of the rows that `where` speaks of, as far as they know it."""
    there = study.relation(table).columns
    if column not in there:
        raise ReportError(f"{table} has no column {column!r} any more: a forecast of it cannot be compared.")
    columns = [c for c in dict.fromkeys(("period", column, *where)) if c in there]
    rows = _of_whom(study.table(table, through=through, columns=columns), where)
    values = rows[column].astype("float64")
    grouped = values.groupby(rows["period"], sort=True)
    return pd.DataFrame({"mean": grouped.mean(), "n": grouped.count()})


def rows_of_now(study: OpenStudy, forecast: Mapping[str, object]) -> int:
    """How many rows the mean rests on that a saved forecast starts from: those of the period it was made in."""
    known = study.study.columns[str(forecast["table"]).removeprefix("link_")]
    columns = [c for c in (forecast["column"], *forecast["where"]) if c in known]
    rows = study.table(str(forecast["table"]), period=forecast["made_in"], columns=columns)
    return int(_of_whom(rows, forecast["where"])[forecast["column"]].notna().sum())


def _of_whom(rows: pd.DataFrame, where: Mapping[str, object]) -> pd.DataFrame:
    for name, value in where.items():
        if name in rows:
            rows = rows[rows[name].astype(str) == str(value)]
    return rows
