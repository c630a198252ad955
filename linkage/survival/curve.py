"""How long until it happens: waits, repeat purchases, leaving; the unfinished ones count as unfinished.

A wait that ended otherwise (the caller was answered), a customer who has not bought again yet, a customer
who is still here: each is *censored*, known to have lasted at least so long. Leaving them out, or counting
them as ended, makes every time too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows

ALL = "all"


@dataclass(frozen=True, eq=False, repr=False)
class SurvivalCurve(Result):
    """The share for whom it has not happened yet, over time.

    estimates : per group and time at which something happened: at_risk, events, censored (since the time
        before), estimate (the share, 0 to 1), std_error (Greenwood), low, high (log-log; missing at a share
        of 0).
    medians : per group: n, events, the median time with low and high (infinite: not reached by then, or its
        upper limit is not), the mean time up to `horizon` with its standard error and interval.
    test_statistic, test_df, p_value : log-rank test of equal curves (missing with one group).
    horizon : time up to which the restricted mean counts; time_unit as the duration column's.
    """

    duration: str
    event: str
    estimates: pd.DataFrame
    medians: pd.DataFrame
    test_statistic: float
    test_df: int
    p_value: float
    horizon: float
    n_used: int
    n_dropped: int
    confidence: float

    def summary(self) -> str:
        said = []
        for group, row in self.medians.iterrows():
            name = "" if group == ALL and len(self.medians) == 1 else f"{group}: "
            if np.isinf(row["median"]):
                share = self.estimates.loc[group, "estimate"].iloc[-1] if row.events else 1.0
                said.append(
                    f"{name}median not reached ({share:.0%} left at the last event, {row.events:,.0f} events)"
                )
            else:
                upper = "open" if np.isinf(row.median_high) else f"{row.median_high:.4g}"
                said.append(f"{name}median {row['median']:.4g} ({row.median_low:.4g} to {upper})")
        test = (
            ""
            if np.isnan(self.p_value)
            else f" That the curves are equal has p = {self.p_value:.3g} (log-rank)."
        )
        events = int(self.medians["events"].sum())
        return (
            f"Time in {self.duration} until {self.event} ({self.confidence:.0%} intervals): "
            f"{'; '.join(said)}.{test} "
            f"(n = {self.n_used:,}, {events:,} events; {self.n_dropped:,} rows incomplete.)"
        )


def survival_curve(
    table: pd.DataFrame,
    *,
    duration: str,
    event: str,
    by: str | None = None,
    entry: str | None = None,
    horizon: float | None = None,
    confidence: float = 0.95,
) -> SurvivalCurve:
    """How long does it take, and for what share has it not happened yet?

    table : one row per spell: a wait (event: gave up; censored: was answered), the time since a purchase
        (event: bought again; censored: not yet), a customer's time with us (event: left; censored: still
        here).
    duration : how long the spell has lasted, 0 or more; event : 1 or true if it ended in the event.
    by : column of groups, compared by the log-rank test.
    entry : time at which the spell came under observation (customers who joined before the records begin);
        it counts as at risk only after it.
    horizon : end of the restricted mean; the shortest group's longest spell unless said otherwise.

    Kaplan & Meier (1958), Greenwood's standard error, log-log intervals and the median's interval from them
    (Kalbfleisch & Prentice 2002, sec. 1.4; Brookmeyer & Crowley 1982); at one time events come before
    censorings. Raises TableError on negative durations. With no event the median is said not to be reached.
    """
    check_confidence(confidence)
    rows = _spells(table, duration, event, by, entry)
    groups = dict(tuple(rows.groupby("group", sort=True)))
    longest = float(min(g["duration"].max() for g in groups.values()))
    # Where every spell ended at once there is no time to count up to: the mean time is 0, and so is the median.
    if horizon is not None and not 0 < horizon <= longest:
        raise TableError(
            f"horizon={horizon:g} lies outside 0 to {longest:g}, the longest spell of every group."
        )
    horizon = longest if horizon is None else float(horizon)
    curves = {name: _curve(group, confidence) for name, group in groups.items()}
    medians = {name: _times(groups[name], curve, horizon, confidence) for name, curve in curves.items()}
    statistic, df, p_value = _log_rank(rows) if len(groups) > 1 else (np.nan, 0, np.nan)
    return SurvivalCurve(
        duration=duration,
        event=event,
        estimates=pd.concat(curves, names=["group"]),
        medians=pd.DataFrame.from_dict(medians, orient="index").rename_axis("group"),
        test_statistic=statistic,
        test_df=df,
        p_value=p_value,
        horizon=horizon,
        n_used=len(rows),
        n_dropped=len(table) - len(rows),
        confidence=confidence,
    )


def _spells(
    table: pd.DataFrame, duration: str, event: str, by: str | None, entry: str | None
) -> pd.DataFrame:
    """Complete rows as columns duration, event (0 or 1), entry, group; refuses what no spell can be."""
    numbers = [duration, event, *([entry] if entry else [])]
    rows = complete_rows(table, numbers, [by] if by else [], at_least=2)
    spells = pd.DataFrame({"duration": rows[duration], "event": rows[event]})
    spells["entry"] = rows[entry] if entry else -1.0  # a spell of length 0 is at risk at time 0
    spells["group"] = rows[by] if by else ALL
    _refuse_negative(spells["duration"].to_numpy(), duration)
    odd = ~spells["event"].isin([0.0, 1.0])
    if odd.any():
        raise TableError(f"{event} is 1 (it happened) or 0 (censored), not {spells['event'][odd].iloc[0]:g}.")
    late = spells["entry"] >= spells["duration"]
    if late.any():
        raise TableError(f"{late.sum():,} rows enter at or after their own end ({entry} >= {duration}).")
    return spells


def _refuse_negative(durations: np.ndarray, name: str) -> None:
    negative = durations < 0
    if negative.any():
        raise TableError(
            f"{negative.sum():,} of {len(durations):,} rows have a negative {name}, for example "
            f"{durations[negative][0]:g}: the end lies before the start. Mend or reject them first."
        )


def median_time(
    durations: np.ndarray, is_over: np.ndarray, *, confidence: float
) -> tuple[float, float, float]:
    """The median time with its low and high, as `survival_curve` gives them, and nothing else.

    durations : (n,) of 0 or more, each seen from its start. is_over : (n,) 1 where it ended in the event, else 0.
    """
    _refuse_negative(durations, "duration")
    steps = _steps(durations, is_over, np.full(len(durations), -1.0), confidence)
    return tuple(_first_below(steps["time"], steps[c]) for c in ("estimate", "low", "high"))


def _curve(spells: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """The Kaplan-Meier table of one group, one row per time with an event."""
    steps = _steps(*(spells[c].to_numpy() for c in ("duration", "event", "entry")), confidence)
    times = pd.Index(steps.pop("time"), name="time")
    return pd.DataFrame(steps, index=times)


def _steps(
    duration: np.ndarray, event: np.ndarray, entry: np.ndarray, confidence: float
) -> dict[str, np.ndarray]:
    """The Kaplan-Meier estimate of spells (n,) at each time with an event, by what each column is."""
    times = np.unique(duration[event == 1])
    entered = np.searchsorted(np.sort(entry), times, side="left")
    at_risk = entered - np.searchsorted(np.sort(duration), times, side="left")
    events = np.searchsorted(np.sort(duration[event == 1]), times, side="right")
    events = np.diff(events, prepend=0)
    until = np.searchsorted(np.sort(duration[event == 0]), times, side="left")
    share = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        std_error = np.where(share > 0, share * np.sqrt(greenwood), 0.0)
    low, high = _log_log(share, std_error, confidence)
    steps = {"time": times, "at_risk": at_risk, "events": events, "censored": np.diff(until, prepend=0)}
    return steps | {"estimate": share, "std_error": std_error, "low": low, "high": high}


def _log_log(share: np.ndarray, std_error: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """S^exp(-+ z se / (S log S)); missing where S is 0."""
    from scipy.special import ndtri

    with np.errstate(divide="ignore", invalid="ignore"):
        width = ndtri(0.5 + confidence / 2) * std_error / np.abs(share * np.log(share))
        low, high = share ** np.exp(width), share ** np.exp(-width)
    gone = share == 0
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def _times(spells: pd.DataFrame, curve: pd.DataFrame, horizon: float, confidence: float) -> dict[str, float]:
    """n, events, the median with its interval, and the restricted mean with its own, of one group."""
    from scipy.special import ndtri

    mean, error = _restricted_mean(curve, horizon)
    half = ndtri(0.5 + confidence / 2) * error
    times = curve.index.to_numpy()
    return {
        "n": len(spells),
        "events": int(spells["event"].sum()),
        "median": _first_below(times, curve["estimate"].to_numpy()),
        "median_low": _first_below(times, curve["low"].to_numpy()),
        "median_high": _first_below(times, curve["high"].to_numpy()),
        "mean_to_horizon": mean,
        "mean_std_error": error,
        "mean_low": mean - half,
        "mean_high": mean + half,
    }


def _first_below(times: np.ndarray, shares: np.ndarray) -> float:
    """First time at which the share (or its limit; a share of 0 has the limits 0) is at most one half."""
    reached = np.flatnonzero(np.nan_to_num(shares) <= 0.5 + 1e-12)
    return float(times[reached[0]]) if len(reached) else np.inf


def _restricted_mean(curve: pd.DataFrame, horizon: float) -> tuple[float, float]:
    """Area under the curve up to the horizon, and its standard error (Klein & Moeschberger 2003, p. 118)."""
    inside = curve[curve.index <= horizon]
    edges = np.concatenate([[0.0], inside.index.to_numpy(), [horizon]])
    areas = np.concatenate([[1.0], inside["estimate"].to_numpy()]) * np.diff(edges)
    after = areas[::-1].cumsum()[::-1][1:]
    at_risk, events = inside["at_risk"].to_numpy(), inside["events"].to_numpy()
    left = at_risk - events
    terms = np.where(left > 0, after**2 * events / (at_risk * np.where(left > 0, left, 1)), 0.0)
    return float(areas.sum()), float(np.sqrt(terms.sum()))


def _log_rank(rows: pd.DataFrame) -> tuple[float, int, float]:
    """Log-rank chi-squared over groups, its degrees of freedom and p value (Mantel 1966)."""
    from scipy.special import chdtrc

    codes, names = rows["group"].factorize(sort=True)
    duration, event, entry = (rows[c].to_numpy() for c in ("duration", "event", "entry"))
    times = np.unique(duration[event == 1])
    if len(times) == 0:
        return np.nan, len(names) - 1, np.nan
    at_risk, events = np.empty((len(times), len(names))), np.empty((len(times), len(names)))
    for g in range(len(names)):
        own, ended = codes == g, (codes == g) & (event == 1)
        at_risk[:, g] = np.searchsorted(np.sort(entry[own]), times, side="left")
        at_risk[:, g] -= np.searchsorted(np.sort(duration[own]), times, side="left")
        events[:, g] = np.diff(np.searchsorted(np.sort(duration[ended]), times, side="right"), prepend=0)
    gap, variance = _log_rank_sums(at_risk, events)
    statistic = float(gap @ np.linalg.pinv(variance) @ gap)
    return statistic, len(names) - 1, float(chdtrc(len(names) - 1, statistic))


def _log_rank_sums(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Observed minus expected events (J - 1,) and its hypergeometric variance; both inputs (T, J)."""
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    factor = d * np.where(n > 1, (n - d) / np.maximum(n - 1, 1), 0.0)
    variance = np.einsum("t,tj,jk->jk", factor, share, np.eye(share.shape[1]))
    variance -= np.einsum("t,tj,tk->jk", factor, share, share)
    gap = (events - share * d[:, None]).sum(axis=0)
    return gap[:-1], variance[:-1, :-1]
