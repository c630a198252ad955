"""Does the driver help to predict rows that the fit has not seen?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.errors import PeriodError
from linkage.group_codes import crossed, without_gaps
from linkage.limits.foreseen import FEWEST_PREDICTED, FIRST_SHARE, FOLDS, ROWS_A_TERM
from linkage.refuting.sample import LinkSample, group_sums, solve

DRAWS = 500
GROUPS_DRAWN = 2000
PANEL_KEYS = ("customer_id", "employee_id", "unit_id")
MODELS = ("with", "without", "past", "mean")


@dataclass(frozen=True, eq=False)
class OutOfSample:
    """How well rows are predicted by fits that have not seen them.

    estimates : rows r_squared (with the driver, against the mean), without_driver, own_past and mean (what the
        driver adds to each): estimate (share of the outcome's variance), std_error, low, high, n.
    steps : one row a period or fold: n, and the explained share with and without the driver.
    how : "rolling" (later periods from earlier ones) or "folds" (clusters from other clusters).
    """

    estimates: pd.DataFrame
    steps: pd.DataFrame
    how: str
    within_periods: bool
    n: int
    clusters: int


def predict_ahead(sample: LinkSample, *, lag: int = 0, seed: int = 0) -> OutOfSample | None:
    """Fit on earlier periods and predict the next, or on some clusters and predict the others.

    lag : periods between drivers and outcome: a fit uses only outcomes known when the predicted drivers were.

    Rolling origin (Tashman 2000, International Journal of Forecasting 16, p. 437); with one period, or too few rows
    before the last, folds of whole clusters. All fits are sums of cross products. Where the link holds the
    period fixed, rows are compared within their period. Intervals: clusters drawn again with their squared errors.
    None where fewer than thirty rows or five clusters could be predicted.
    """
    within = any(name == "period" or name.startswith("period[") for name in sample.names)
    x, y = _centred(sample) if within else (sample.x, sample.y)
    times = _times(sample)
    rows = max(ROWS_A_TERM * len(sample.names), FEWEST_PREDICTED, int(FIRST_SHARE * len(y)))
    plan = _rolling_plan(times, max(lag, 1), rows) if times is not None else []
    how = "rolling" if plan else "folds"
    if plan:
        errors = _roll(sample, x, y, times, plan, within)
        errors[:, 2] = _past_errors(sample, y, times, plan, max(lag, 1))
        step = times
    else:
        step = _folds(sample.groups, seed)
        if step is None:
            return None
        errors = _fold_errors(sample, x, y, step, within)
    return _judged_errors(sample, errors, step, how, within, np.random.default_rng(seed))


def _centred(sample: LinkSample) -> tuple[np.ndarray, np.ndarray]:
    """Regressors and outcome less their period's mean: a period not yet seen has no effect of its own."""
    codes = pd.factorize(sample.table["period"])[0]
    w = np.ones(len(codes)) if sample.weights is None else sample.weights
    total = np.bincount(codes, w)

    def centred(values: np.ndarray) -> np.ndarray:
        return values - (np.bincount(codes, w * values) / total)[codes]

    return np.column_stack([centred(column) for column in sample.x.T]), centred(sample.y)


def _times(sample: LinkSample) -> np.ndarray | None:
    """Each row's period as a place on the calendar; None without periods."""
    from linkage.periods import parse_period

    if "period" not in sample.table:
        return None
    codes, names = pd.factorize(sample.table["period"], sort=True)
    if (codes < 0).any() or len(names) < 2:
        return None
    try:
        return np.array([parse_period(name).position for name in names])[codes]
    except PeriodError:
        return codes


def _rolling_plan(times: np.ndarray, gap: int, rows: int) -> list[tuple[int, int]]:
    """(period to predict, last period to fit on), for every period with enough rows before it."""
    moments, counts = np.unique(times, return_counts=True)
    before = {t: int(counts[moments <= t - gap].sum()) for t in moments}
    return [(int(t), int(t - gap)) for t in moments if before[t] >= rows]


def _fits(xx: np.ndarray, xy: np.ndarray, drop: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients with the main driver and without it (zeros in its place)."""
    kept = [i for i in range(xx.shape[-1]) if i not in drop]
    without = np.zeros(xy.shape)
    without[..., kept] = solve(xx[..., kept, :][..., :, kept], xy[..., kept])
    return solve(xx, xy), without


def _main_terms(sample: LinkSample) -> list[int]:
    driver = sample.drivers[0]
    return [
        i for i, n in enumerate(sample.names) if n == sample.main or n == driver or n.startswith(f"{driver}[")
    ]


def _sums(sample: LinkSample, x: np.ndarray, y: np.ndarray, codes: np.ndarray):
    """Cross products, and the outcome's total and weight, by group."""
    from dataclasses import replace

    xx, xy, _ = group_sums(replace(sample, x=x, y=y), codes)
    w = np.ones(len(y)) if sample.weights is None else sample.weights
    return xx, xy, np.bincount(codes, w * y), np.bincount(codes, w)


def _roll(sample, x, y, times, plan, within: bool) -> np.ndarray:
    """Squared errors of each row by model (n, 4): with, without, past (filled in later), mean; NaN if not predicted."""
    moments, codes = np.unique(times, return_inverse=True)
    parts = [np.cumsum(part, axis=0) for part in _sums(sample, x, y, codes)]
    errors = np.full((len(y), len(MODELS)), np.nan)
    for moment, last in plan:
        xx, xy, total, weight = (part[np.searchsorted(moments, last, side="right") - 1] for part in parts)
        mean = 0.0 if within else total / weight
        rows = times == moment
        errors[rows] = _errors_of(sample, x[rows], y[rows], xx, xy, mean)
    return errors


def _errors_of(sample, x, y, xx, xy, mean: float) -> np.ndarray:
    full, without = _fits(xx, xy, _main_terms(sample))
    empty = np.full(len(y), np.nan)
    return np.column_stack([(y - x @ full) ** 2, (y - x @ without) ** 2, empty, (y - mean) ** 2])


def _past_errors(sample: LinkSample, y: np.ndarray, times: np.ndarray, plan, gap: int) -> np.ndarray:
    """Squared errors of a line on the last outcome of the same customer, employee or unit; NaN where it has none."""
    errors = np.full(len(y), np.nan)
    keys = (pd.factorize(sample.table[key])[0] for key in PANEL_KEYS if key in sample.table)
    codes = next((codes for codes in keys if _is_panel(codes, times)), None)
    if codes is None:
        return errors
    past = _last_known(codes, times, y, gap)
    known = np.isfinite(past)
    for moment, last in plan:
        fit, new = known & (times <= last), known & (times == moment)
        spread = past[fit] - past[fit].mean() if fit.any() else np.zeros(0)
        if fit.sum() < FEWEST_PREDICTED or not (spread @ spread > 0):
            continue
        slope = spread @ y[fit] / (spread @ spread)
        errors[new] = (y[new] - y[fit].mean() - slope * (past[new] - past[fit].mean())) ** 2
    return errors


def _is_panel(codes: np.ndarray, times: np.ndarray) -> bool:
    """Whether a key, -1 where it is missing, comes back, and never twice at the same time."""
    keys = codes + 1
    cells = crossed(keys, times - times.min())
    return bool(np.bincount(cells).max() == 1 and np.bincount(keys).max() > 1)


def _last_known(codes: np.ndarray, times: np.ndarray, y: np.ndarray, gap: int) -> np.ndarray:
    """For each row the latest outcome of the same key at least `gap` periods earlier."""
    order = np.lexsort((times, codes))
    span = int(times.max() - times.min()) + gap + 2
    place = codes[order].astype(np.int64) * span + (times[order] - times.min())
    wanted = codes.astype(np.int64) * span + (times - times.min()) - gap
    found = np.searchsorted(place, wanted, side="right") - 1
    at = order[np.maximum(found, 0)]
    return np.where((found >= 0) & (codes[at] == codes), y[at], np.nan)


def _folds(groups: np.ndarray, seed: int) -> np.ndarray | None:
    """The fold of each row: clusters dealt out evenly."""
    clusters = int(groups.max()) + 1
    if clusters < FOLDS:
        return None
    return np.random.default_rng(seed).permutation(clusters)[groups] % FOLDS


def _fold_errors(sample, x, y, folds, within: bool) -> np.ndarray:
    xx, xy, total, weight = _sums(sample, x, y, folds)
    errors = np.full((len(y), len(MODELS)), np.nan)
    for fold in range(FOLDS):
        rows = folds == fold
        mean = 0.0 if within else (total.sum() - total[fold]) / (weight.sum() - weight[fold])
        errors[rows] = _errors_of(
            sample, x[rows], y[rows], xx.sum(axis=0) - xx[fold], xy.sum(axis=0) - xy[fold], mean
        )
    return errors


def _judged_errors(
    sample, errors, step, how: str, within: bool, rng: np.random.Generator
) -> OutOfSample | None:
    done = np.isfinite(errors[:, 0])
    groups = without_gaps(sample.groups[done])
    clusters = int(groups.max()) + 1 if len(groups) else 0
    w = np.ones(len(done)) if sample.weights is None else sample.weights
    kept, w = errors[done], w[done]
    if done.sum() < FEWEST_PREDICTED or clusters < FOLDS or not (w @ kept[:, 3] > 0):
        return None
    steps = pd.DataFrame({"step": step[done], "n": 1.0, **{m: w * kept[:, i] for i, m in enumerate(MODELS)}})
    steps = steps.groupby("step", as_index=False).sum()
    table = pd.DataFrame(
        {
            "step": steps["step"],
            "n": steps["n"].astype(int),
            "with_driver": 1 - steps["with"] / steps["mean"],
            "without_driver": 1 - steps["without"] / steps["mean"],
        }
    )
    estimates = _gains(kept, w, groups, rng, sample.confidence)
    return OutOfSample(estimates, table, how, within, int(done.sum()), clusters)


def _gains(errors, w, groups, rng: np.random.Generator, confidence: float) -> pd.DataFrame:
    """What the driver adds to each rival, as a share of the outcome's variance, with intervals of drawn clusters."""
    count = int(groups.max()) + 1
    pooled = groups if count <= GROUPS_DRAWN else rng.permutation(count)[groups] % GROUPS_DRAWN
    has_past = np.isfinite(errors[:, 2])
    columns = [*errors[:, [0, 1, 3]].T, *np.where(has_past[:, None], errors[:, [0, 2, 3]], 0.0).T]
    sums = np.column_stack([np.bincount(pooled, w * column) for column in columns])
    many = len(sums)
    picked = rng.integers(0, many, (DRAWS, many)) + many * np.arange(DRAWS)[:, None]
    counts = np.bincount(picked.ravel(), minlength=DRAWS * many).reshape(DRAWS, many).astype(float)
    drawn, whole = _shares(counts @ sums), _shares(sums.sum(axis=0)[None, :])[0]
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    names = ["r_squared", "without_driver", "mean", "own_past"]
    n = [len(errors)] * 3 + [int(has_past.sum())]
    frame = pd.DataFrame(
        {"estimate": whole, "std_error": drawn.std(axis=0, ddof=1), "low": low, "high": high, "n": n},
        index=names,
    )
    return frame if has_past.sum() >= FEWEST_PREDICTED else frame.drop(index="own_past")


def _shares(sums: np.ndarray) -> np.ndarray:
    """(B, 6) sums of squared errors -> R2, gain over the fit without the driver, over the mean, over the past."""
    full, without, mean, full_past, past, mean_past = sums.T
    mean, mean_past = np.maximum(mean, 1e-300), np.maximum(mean_past, 1e-300)
    share = 1 - full / mean
    return np.column_stack([share, (without - full) / mean, share, (past - full_past) / mean_past])


def judge_out_of_sample(found: OutOfSample | None, *, shown: bool = True) -> Check:
    """PASS where the driver helps to predict rows the fit has not seen, or where no link is shown to begin with."""
    name = "out of sample"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, 0.0,
            f"Fewer than {FEWEST_PREDICTED} rows or {FOLDS} clusters could be predicted from others: more periods "
            "or clusters are needed.",
        )  # fmt: skip
    row = found.estimates.loc["without_driver"]
    where = "later periods" if found.how == "rolling" else "clusters left out"
    said = (
        f"Predicting {where} (n = {found.n:,}), the driver adds {row['estimate']:+.2%} of explained variance "
        f"({row['low']:+.2%} to {row['high']:+.2%})"
    )
    past = _against_past(found)
    if shown and row["estimate"] <= 0:
        return Check(
            name, REVIEW, float(row["estimate"]), 0.0,
            f"{said}: a link is shown, yet it does not help to predict. Do not forecast with it.",
        )  # fmt: skip
    if shown and row["low"] <= 0:
        return Check(
            name, PASS, float(row["estimate"]), 0.0, f"{said}: it helps, though not beyond chance{past}."
        )
    return Check(name, PASS, float(row["estimate"]), 0.0, f"{said}{past}.")


def _against_past(found: OutOfSample) -> str:
    if "own_past" not in found.estimates.index:
        return ""
    row = found.estimates.loc["own_past"]
    if row["high"] < 0:
        return "; the outcome's own last value alone would predict better"
    return "; more than the outcome's own last value does" if row["low"] > 0 else ""
