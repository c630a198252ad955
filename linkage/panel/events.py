"""Before and after, treated against not (yet) treated: differences in differences with leads."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkageWarning, LinkError, TableError, TooFewRowsError
from linkage.panel.absorbing import absorb_effects
from linkage.panel.design import PanelDesign
from linkage.panel.grid import period_positions, placed
from linkage.regression.result import check_confidence, estimate_table
from linkage.results import Result
from linkage.rows import as_names, complete_rows, require_columns

REFERENCE = -1  # the last period before the event, which all others are compared with


@dataclass(frozen=True, eq=False, repr=False)
class EventStudy(Result):
    """The outcome around an event, against the period before it and against units without the event.

    estimates : one row per event_time, periods since the event (the reference -1 is 0 by construction, an
        event time nobody is seen at is missing); with method "two_way" the first and last stand for "or
        farther". Outcome units.
    average : the mean from event time 0 on: estimate, std_error, statistic, df, p_value, low, high.
    pretrend : Hotelling's F of "all leads before -1 are zero": statistic, df, df_residual, p_value (missing
        without such leads). A large p does not prove parallel trends.
    treated, untreated : units with an event and without; cohorts : distinct periods of events.
    n_used : rows of the regression (stacked: a control row counts in each stack it serves); n_dropped : rows
        incomplete, or of units whose event lies before their first row (n_always).
    """

    outcome: str
    method: str
    estimates: pd.DataFrame
    average: pd.Series
    pretrend: pd.Series
    n_used: int
    n_dropped: int
    n_always: int
    treated: int
    untreated: int
    cohorts: int
    clusters: int
    cluster: str
    confidence: float

    def summary(self) -> str:
        mean, before = self.average, self.pretrend["p_value"]
        said = "no lead is there to test"
        if not np.isnan(before):
            said = f"that nothing moved before has p = {before:.3g}"
        return (
            f"From the event on, {self.outcome} differs by {mean.estimate:+.4g} on average "
            f"({self.confidence:.0%} "
            f"interval {mean.low:+.4g} to {mean.high:+.4g}) from what units without it let expect; {said} "
            f"({self.method}; {self.treated:,} units with the event in {self.cohorts:,} periods, "
            f"{self.untreated:,} without; n = {self.n_used:,}, {self.clusters:,} clusters by {self.cluster}; "
            f"{self.n_dropped:,} rows left out)."
        )


def event_study(
    table: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str,
    treated_at: str,
    leads: int = 4,
    lags: int = 4,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    method: str = "stacked",
    confidence: float = 0.95,
) -> EventStudy:
    """Did the outcome move when units were treated, and was it moving before?

    table : one row per unit and period. treated_at : column with the period of the unit's one event (in the
        notation of `period`), missing where there was none.
    leads, lags : periods before and after the event with an effect of their own.
    controls : columns of numbers that are not themselves moved by the event.
    cluster : column the errors are clustered by, CR1 and t(G-1); the unit unless said otherwise.
    method : "stacked": each cohort beside clean controls only (units without an event until its window has
        closed), within that window, with unit and period effects of its own (Cengiz et al. 2019, p. 1429),
        controls weighted so that cohorts count by their treated rows (Wing, Freedman & Hollingsworth 2024).
        "two_way": one regression with unit and period effects; what lies beyond the window is held in its
        ends. With several cohorts it compares late with early units, so effects that differ leak into each
        other, even into the leads (Goodman-Bacon 2021; Sun & Abraham 2021): a LinkageWarning says so.
    """
    check_confidence(confidence)
    _check_words(method, leads, lags)
    controls = as_names(controls)
    rows, counts = _event_rows(table, outcome, unit, period, treated_at, [*controls], cluster or unit)
    made = _stack(rows, leads, lags) if method == "stacked" else _one_table(rows, counts["cohorts"])
    times, dummies = _event_times(made, leads, lags)
    design = _event_design(made, outcome, dummies, times, controls)
    effects = [made.groupby(["stack", c]).ngroup().to_numpy() for c in ("unit", "place")]
    clusters = made["cluster"].factorize(sort=True)[0]
    fit = absorb_effects(design, effects, clusters, True, "nested", made["weight"].to_numpy())
    df, seen = fit.clusters - 1, len(times)
    b, spread = fit.estimates[:seen], fit.covariance[:seen, :seen]
    return EventStudy(
        outcome=outcome,
        method=method,
        estimates=_in_order(estimate_table(times, b, spread, df=df, confidence=confidence), leads, lags),
        average=_average(times, b, spread, df, confidence),
        pretrend=_pretrend(times, b, spread, df),
        n_used=fit.n_used,
        **counts,
        clusters=df + 1,
        cluster=cluster or unit,
        confidence=confidence,
    )


def _check_words(method: str, leads: int, lags: int) -> None:
    if method not in ("stacked", "two_way"):
        raise LinkError(f"method={method!r} is unknown. Choose 'stacked' or 'two_way'.")
    if leads < 1 or lags < 0:
        raise LinkError(f"leads={leads}, lags={lags}: at least 1 lead (the reference) and 0 lags are needed.")


def _event_rows(table, outcome, unit, period, treated_at, controls, cluster) -> tuple[pd.DataFrame, dict]:
    """Complete rows with unit, place, at, since (missing: no event) and cluster; and the counts."""
    require_columns(table, [treated_at])
    labels = [c for c in (unit, period, cluster) if c not in (outcome, *controls)]
    rows = complete_rows(table, [outcome, *controls], labels, at_least=4)
    rows = rows.assign(unit=rows[unit], place=placed(rows, unit, period), cluster=rows[cluster])
    rows["at"] = rows["unit"].map(_event_places(table, unit, treated_at)).astype("float64")
    always = (rows["at"] <= rows.groupby("unit")["place"].transform("min")).to_numpy()
    rows = rows[~always].reset_index(drop=True)
    rows["since"] = rows["place"] - rows["at"]
    events = rows.groupby("unit")["at"].first()
    counts = {"n_dropped": len(table) - len(rows), "n_always": int(always.sum())}
    counts |= {"treated": int(events.notna().sum()), "untreated": int(events.isna().sum())}
    if counts["treated"] == 0:
        raise TooFewRowsError(
            f"No {unit} has complete rows before its {treated_at}: no before to compare with."
        )
    return rows, {**counts, "cohorts": int(events.nunique())}


def _event_places(table: pd.DataFrame, unit: str, treated_at: str) -> pd.Series:
    """Position of each treated unit's event, by unit; TableError where a unit has two."""
    given = table.loc[table[treated_at].notna() & table[unit].notna(), [unit, treated_at]].drop_duplicates()
    if given.empty:
        raise TooFewRowsError(f"No row has a {treated_at}: nothing was treated.")
    twice = given[unit].duplicated()
    if twice.any():
        raise TableError(
            f"{twice.sum():,} units have more than one {treated_at}, for example "
            f"{given[unit][twice].iloc[0]!r}. "
            "A unit has one event: keep the first, or make a unit of each spell."
        )
    return pd.Series(period_positions(given[treated_at]).to_numpy(), index=given[unit].to_numpy())


def _one_table(rows: pd.DataFrame, cohorts: int) -> pd.DataFrame:
    if cohorts > 1:
        text = (
            f"{cohorts} cohorts in one two-way regression: where their effects differ, early units serve as "
            "controls of late ones and the effects leak into each other. Ask again with method='stacked'."
        )
        warnings.warn(text, LinkageWarning, stacklevel=3)
    return rows.assign(stack=0.0, weight=1.0)


def _stack(rows: pd.DataFrame, leads: int, lags: int) -> pd.DataFrame:
    """Each cohort with its clean controls inside its own window, one under the other."""
    stacks = []
    for cohort in sorted(rows["at"].dropna().unique()):
        window = rows[(rows["place"] >= cohort - leads) & (rows["place"] <= cohort + lags)]
        own = window["at"] == cohort
        clean = window["at"].isna() | (window["at"] > cohort + lags)
        if own.any() and clean.any():
            stacks.append(window.assign(since=window["since"].where(own), stack=cohort)[own | clean])
    if not stacks:
        raise TooFewRowsError(
            "No cohort has clean controls: every unit has its event before the window of the others closes. "
            "Shorten lags, or add units that never had it."
        )
    return _weighted(pd.concat(stacks, ignore_index=True))


def _weighted(made: pd.DataFrame) -> pd.DataFrame:
    """Treated rows weigh 1, controls so much that each cohort's share of controls is its share of treated.

    Without it a cohort with more clean controls counts for more, and the effects mix in odd proportions.
    """
    own = made["since"].notna()
    treated = own.groupby(made["stack"]).transform("sum") / own.sum()
    controls = (~own).groupby(made["stack"]).transform("sum") / (~own).sum()
    return made.assign(weight=np.where(own, 1.0, treated / controls))


def _event_times(made: pd.DataFrame, leads: int, lags: int) -> tuple[list[int], np.ndarray]:
    """The event times somebody is seen at, all but the reference, and their (n, k) dummies."""
    if made["since"].notna().all() and made["at"].nunique() == 1:
        raise FitError("All units have the event in the same period: it cannot be told from the period.")
    since = made["since"].clip(-leads, lags).to_numpy()
    if not (since == REFERENCE).any():
        raise TooFewRowsError("No treated unit has a row in the period just before its event, the reference.")
    times = [t for t in range(-leads, lags + 1) if t != REFERENCE and (since == t).any()]
    if not any(t >= 0 for t in times):
        raise TooFewRowsError("No treated unit has a row from its event on.")
    return times, np.column_stack([(since == t).astype(float) for t in times])


def _event_design(made: pd.DataFrame, outcome: str, dummies: np.ndarray, times: list[int], controls):
    x = np.column_stack([dummies, *(made[c].to_numpy() for c in controls)])
    names = [*(f"event time {t}" for t in times), *controls]
    return PanelDesign(outcome, outcome, made[outcome].to_numpy(), x, names, made, 0)


def _average(times: list[int], b: np.ndarray, spread: np.ndarray, df: int, confidence: float) -> pd.Series:
    weights = np.array([float(t >= 0) for t in times])
    weights /= weights.sum()
    variance = np.array([[weights @ spread @ weights]])
    mean = np.array([weights @ b])
    return estimate_table(["average"], mean, variance, df=df, confidence=confidence).iloc[0]


def _pretrend(times: list[int], b: np.ndarray, spread: np.ndarray, df: int) -> pd.Series:
    """All leads at once. Their covariance is estimated from df + 1 clusters, so the quadratic form follows
    Hotelling's law (1931, Annals of Mathematical Statistics 2, p. 360); F with df would see too much in few.
    """
    from scipy.special import fdtrc

    before = [t < REFERENCE for t in times]
    count = sum(before)
    spare = df - count + 1
    if not 0 < count <= df:
        return pd.Series(
            {"statistic": np.nan, "df": float(count), "df_residual": float(spare), "p_value": np.nan}
        )
    b, spread = b[before], spread[np.ix_(before, before)]
    statistic = float(b @ np.linalg.solve(spread, b)) / count * spare / df
    p_value = float(fdtrc(count, spare, statistic))
    answer = {"statistic": statistic, "df": float(count), "df_residual": float(spare), "p_value": p_value}
    return pd.Series(answer)


def _in_order(estimates: pd.DataFrame, leads: int, lags: int) -> pd.DataFrame:
    """In order of event time, the reference as zeros, event times nobody is seen at missing."""
    whole = estimates.reindex(range(-leads, lags + 1)).rename_axis("event_time")
    whole.loc[REFERENCE, ["estimate", "std_error", "low", "high"]] = 0.0
    return whole
