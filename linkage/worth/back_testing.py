"""What came of what scenarios promised? Forecasts are scored by the plan that was carried out, or as without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import LinkageError, ReportError
from linkage.memory import kept
from linkage.results import Result
from linkage.sentences import in_words, is_share, number, plural
from linkage.worth.forecasts import KEYS, forecast_scenarios, named_for_reading, stage_means, state_of
from linkage.worth.scenarios import WhatIf, what_if

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

RARE = 0.05
"""How rare so few held forecasts must be, by chance alone, to be looked into."""
FOUND = ("actual", "n", "error", "held", "carried_out", "starts_now")


@dataclass(frozen=True, eq=False, repr=False)
class BackTest(Result):
    """Forecasts against what came.

    estimates : one row a forecast of this period: scenario, column, label, made_in, carried_out (whether the scenario
        had begun by the start saved with its forecast), estimate with low and high (the forecast: with the scenario's
        effect where it was to begin, else without), actual, n, error (actual - forecast), held (whether the actual lies
        within), starts and starts_now (as saved, and as study.yml says today; "" for none).
    remade : whether the forecasts were made now, from the data up to then, because none had been saved.
    missing : why nothing could be compared.
    """

    estimates: pd.DataFrame
    period: str
    remade: bool
    missing: str

    @property
    def begun(self) -> tuple[str, ...]:
        """The scenarios that had begun by what was saved with their forecasts."""
        rows = self.estimates
        return tuple(dict.fromkeys(rows.loc[rows["carried_out"].astype(bool), "scenario"]))

    @property
    def figures(self) -> pd.DataFrame:
        """The forecasts that count: of those that foretell the same of the same figure, for several scenarios, one."""
        same = self.estimates[["table", "column", "made_in", "estimate", "low", "high"]]
        where = self.estimates["where"].map(lambda given: str(sorted(dict(given or {}).items())))
        return self.estimates[~same.assign(where=where).duplicated()]

    def check(self) -> Check:
        """Did as many forecasts hold as their intervals promised?

        REVIEW where so few held that chance alone would leave no more in at most 5 of 100 such tests. NOT ASSESSED
        without any, and where even none held would not be as rare as that.
        """
        counted = self.figures
        n, held = len(counted), int(counted["held"].sum())
        if not n:
            return Check("forecasts held", NOT_ASSESSED, None, None, self.missing)
        share, promised = float(counted["held"].mean()), float(counted["confidence"].mean())
        if not _is_rare(0, n, promised):
            few = f"With {n} {plural('forecast', n)} even none held could be chance: wait for more of them."
            return Check("forecasts held", NOT_ASSESSED, share, promised, few)
        rare = _is_rare(held, n, promised)
        advice = (
            "Fewer held than promised: find out what changed." if rare else "As many held as chance allows."
        )
        return Check("forecasts held", REVIEW if rare else PASS, share, promised, advice)

    def summary(self) -> str:
        if self.missing:
            return f"No forecast to compare. {self.missing}"
        counted = self.figures
        n, held = len(counted), int(counted["held"].sum())
        made = ", ".join(sorted(set(self.estimates["made_in"])))
        how = (
            " (made now from the data up to then, not those that an earlier report saved)"
            if self.remade
            else ""
        )
        missed = [_missed(row) for row in counted[~counted["held"].astype(bool)].to_dict("records")]
        outside = f" Outside: {'; '.join(missed)}." if missed else ""
        once = " What several scenarios foretell alike counts once." if n < len(self.estimates) else ""
        return (
            f"Of {n} {plural('forecast', n)} made in {made} for {self.period}{how}, {held} held within their "
            f"intervals ({counted['confidence'].mean():.0%} promised): {self._verdict()}{outside}{once} {self._plan()}"
        )

    def _verdict(self) -> str:
        """The verdict; with the reason where there is none."""
        check = self.check()
        return f"{check.verdict}. {check.advice}" if check.verdict == NOT_ASSESSED else f"{check.verdict}."

    def _plan(self) -> str:
        """Which scenarios the forecasts are taken to be of, and who says so."""
        if not self.begun:
            said = (
                "No scenario had begun by the start (starts of study.yml) that its forecast was made with, so each "
                "forecast is of where its figure would stand without it."
            )
            return said + self._moved()
        others = set(self.estimates["scenario"]) - set(self.begun)
        rest = " The others are scored as not carried out." if others else ""
        return f"Begun as their forecasts say: {', '.join(map(in_words, self.begun))}.{rest}{self._moved()}"

    def _moved(self) -> str:
        """The starts that study.yml says otherwise today: the forecast's own decides, or a miss could be undone."""
        rows = self.estimates.drop_duplicates("scenario")
        moved = rows[rows["starts"] != rows["starts_now"]].to_dict("records")
        said = [
            f"{in_words(r['scenario'])} from {r['starts'] or 'none'} to {r['starts_now'] or 'none'}"
            for r in moved
        ]
        return f" Starts changed since, which moves no score: {'; '.join(said)}." if said else ""

    def table(self, decimals: int = 4) -> pd.DataFrame:
        shown = ["scenario", "stage", "made_in", "carried_out", "estimate", "low", "high", "actual", "n"]
        frame = named_for_reading(super().table(decimals)).reindex(columns=[*shown, "error", "held"])
        return frame.set_index(["scenario", "stage"])


def _is_rare(held: int, n: int, promised: float) -> bool:
    """Whether at most 5 of 100 such tests would see no more of n held, each with the promised chance."""
    from scipy.stats import binom

    return bool(
        binom.cdf(held, n, promised) <= RARE * (1 + 1e-9)
    )  # 0 of 1 at 95 % is 5 % and a rounding error


def _missed(row: Mapping[str, object]) -> str:
    times, percent = (100.0, " percent") if is_share(str(row["unit"])) else (1.0, "")
    actual, low, high = (number(times * float(row[name])) for name in ("actual", "low", "high"))
    return f"{row['label']} ({in_words(row['scenario'])}) came to {actual}{percent} against {low} to {high}"


def compare_forecasts(
    saved: Iterable[Mapping[str, object]], study: OpenStudy, *, period: object, remade: bool = False
) -> BackTest:
    """What came of the forecasts that an earlier report saved for this period?

    saved : rows of forecasts.json; those for other periods are passed over. A scenario counts as carried out where
    the start saved with its forecast lies by `period`, whatever study.yml says today; a forecast of any other is the
    mean that was to be expected without it. Raises ReportError for rows that are no saved forecasts.
    """
    through = study.check_period(period)
    rows, asked = [], 0
    for row in saved:
        lacking = [k for k in KEYS if k not in row]
        if lacking:
            raise ReportError(f"This is no saved forecast: it has no {', '.join(lacking)}.")
        asked += 1
        if str(row["period"]) == through:
            rows += _compared(row, study, through)
    missing = "" if rows else f"None of {asked} saved forecasts is for {through}."
    return BackTest(pd.DataFrame(rows, columns=[*KEYS, *FOUND]), through, remade, missing)


def _compared(row: Mapping[str, object], study: OpenStudy, through: str) -> list[dict[str, object]]:
    """A forecast with what came; nothing where the period has no value."""
    means = stage_means(study, str(row["table"]), str(row["column"]), row["where"], through)
    if through not in means.index or pd.isna(means.loc[through, "mean"]):
        return []
    state = _state_by_then(row, study, through)
    names = ("estimate", "low", "high")
    given = names if state == "begins" else ("without", "without_low", "without_high")
    forecast = {name: float(row[source]) for name, source in zip(names, given, strict=True)}
    actual = float(means.loc[through, "mean"])
    found = {"actual": actual, "n": int(means.loc[through, "n"]), "error": actual - forecast["estimate"]}
    held = forecast["low"] <= actual <= forecast["high"]
    planned = study.study.declared.scenarios.get(str(row["scenario"]))
    said = {"carried_out": state is not None, "starts_now": (planned.starts if planned else None) or ""}
    return [{**row, **forecast, **found, "held": bool(held), **said}]


def _state_by_then(row: Mapping[str, object], study: OpenStudy, through: str) -> str | None:
    """Whether a stage was to move in this period by the start saved with its forecast; None where it had not begun."""
    if not row["starts"]:
        return None
    now, starts = study.study.period(through), study.study.period(row["starts"])
    return None if now < starts else state_of(now, starts.shift(int(row["lag"])))


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
    to the period before. Either way compare_forecasts scores them. scenarios : as `what_if` found them, to save asking
    again.
    """
    through = study.check_period(period) if study.periods else ""
    if saved is not None:
        return compare_forecasts(saved, study, period=through)
    nothing = pd.DataFrame(columns=[*KEYS, *FOUND])
    try:
        before = study.check_period(study.study.period(through).shift(-1))
        asked = scenarios or what_if(study, period=through)
        made = forecast_scenarios(study, period=before, scenarios=asked)
    except LinkageError as error:
        return BackTest(nothing, through, True, str(error))
    if made.estimates.empty:
        return BackTest(nothing, through, True, "There is no scenario whose stages could have been forecast.")
    return compare_forecasts(made.rows, study, period=through, remade=True)
