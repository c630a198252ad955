"""How the variance of a score splits between units and within them: one-way analysis of variance from sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from linkage.errors import FitError, GrainError, TableError, TooFewRowsError
from linkage.rows import as_numbers, require_columns

UNITS_NEEDED = 3
NO_F = 1e-12  # an F ratio this small is rounding: the units' means are the same
LOST_DIGITS = 1e-11  # a within part this small beside the sum of squares is rounding, not variance


@dataclass(frozen=True)
class OneWay:
    """A one-way analysis of variance.

    icc1 : share of one answer's variance that lies between units. icc2 : reliability of a unit mean of n0
    answers. Each as (estimate, std_error, low, high). f, p_value, df : of the test that units do not differ.
    within, between : variance within units and of the units' true means (never below zero).
    """

    icc1: tuple[float, float, float, float]
    icc2: tuple[float, float, float, float]
    f: float
    p_value: float
    df: tuple[int, int]
    n0: float
    within: float
    between: float
    grand_mean: float


def unit_parts(rows: pd.DataFrame, score: str, group: str) -> pd.DataFrame:
    """n, mean and within_ss (squared deviations from the unit's mean) of each unit, from complete rows."""
    grouped = rows.groupby(group, sort=True, observed=True)[score]
    deviations = (rows[score] - grouped.transform("mean")) ** 2
    parts = pd.DataFrame({"n": grouped.size(), "mean": grouped.mean()})
    return parts.assign(within_ss=deviations.groupby(rows[group], observed=True).sum())


def parts_from_sums(sums: pd.DataFrame, *, n: str, total: str, squares: str) -> pd.DataFrame:
    """The same from count, sum and sum of squares, one row a unit (the index names it).

    Raises GrainError for a unit on two rows, TableError for sums no data can have, FitError where the
    subtraction leaves no digits.
    """
    require_columns(sums, [n, total, squares])
    if sums.index.has_duplicates:
        twice = sums.index[sums.index.duplicated()]
        raise GrainError(
            f"{len(twice):,} units have more than one row of sums, for example {twice.tolist()[0]!r}. Add them up."
        )
    frame = pd.DataFrame({name: as_numbers(sums[column]) for name, column in
                          (("n", n), ("total", total), ("squares", squares))})  # fmt: skip
    if frame.isna().any(axis=None) or (frame["n"] < 1).any() or (frame["n"] % 1 != 0).any():
        raise TableError("Sums need a whole count of 1 or more, a sum and a sum of squares for every unit.")
    within = frame["squares"] - frame["total"] ** 2 / frame["n"]
    impossible = within < -1e-9 * frame["squares"].abs().clip(lower=1e-300)
    if impossible.any():
        raise TableError(
            f"{impossible.sum():,} units have a sum of squares below what their sum and count allow, for example "
            f"{sums.index[impossible].tolist()[0]!r}. Check that all three are taken over the same complete rows."
        )
    if 0 < abs(within.sum()) < LOST_DIGITS * frame["squares"].sum():
        raise FitError(
            "The scores lie so far from zero that their sums of squares keep no digits of their variance. "
            "Subtract a constant, such as the overall mean, before summing."
        )
    mean = frame["total"] / frame["n"]
    return pd.DataFrame({"n": frame["n"].astype(int), "mean": mean, "within_ss": within.clip(lower=0.0)})


def one_way(parts: pd.DataFrame, *, method_n0: str = "mean", confidence: float = 0.95) -> OneWay:
    """ICC(1) and ICC(2) with intervals, from n, mean and within_ss of each unit.

    method_n0 : "mean" takes the mean size N/k, as R's multilevel does; "adjusted" takes
    (N - sum n^2/N)/(k-1), which does not overstate it where sizes differ (Searle, Casella and McCulloch
    1992, Variance components, p. 71).

    ICC1 = (MSB-MSW)/(MSB+(n0-1)MSW), ICC2 = (MSB-MSW)/MSB (Bliese 2000, in Klein and Kozlowski, p. 354);
    limits from F (Shrout and Fleiss 1979, Psychological Bulletin 86, p. 424), exact for equal sizes; standard
    errors of Swiger et al. (1964, Biometrics 20, p. 818).
    """
    n, mean, within_ss = (parts[name].to_numpy(dtype=float) for name in ("n", "mean", "within_ss"))
    k, total = len(n), n.sum()
    check_size(k, total)
    grand = (n * mean).sum() / total
    df = (k - 1, int(total) - k)
    between, within = (n * (mean - grand) ** 2).sum() / df[0], within_ss.sum() / df[1]
    if between <= 0 and within <= 0:
        raise FitError(
            "All answers are the same: there is no variance to split between units and within them."
        )
    n0 = size_of_units(n, method_n0)
    f = float(between / within) if within > 0 else np.inf
    tail = (1 - confidence) / 2
    lower, upper = f / stats.f.isf(tail, *df), f * stats.f.isf(tail, *df[::-1])
    icc1, icc2 = icc1_of(f, n0), icc2_of(f)
    error = np.sqrt(
        2 * (total - 1) * (1 - icc1) ** 2 * (1 + (n0 - 1) * icc1) ** 2 / (n0**2 * (total - k) * (k - 1))
    )
    stretch = n0 / (1 + (n0 - 1) * icc1) ** 2 if f > NO_F else np.nan  # slope of icc2 on icc1
    return OneWay(
        icc1=(icc1, float(error), icc1_of(lower, n0), icc1_of(upper, n0)),
        icc2=(icc2, float(error * stretch), icc2_of(lower), icc2_of(upper)),
        f=float(f),
        p_value=float(stats.f.sf(f, *df)),
        df=df,
        n0=n0,
        within=float(within),
        between=float(max((between - within) / n0, 0.0)),
        grand_mean=float(grand),
    )


def check_size(units: int, answers: float) -> None:
    """Refuse too few units, or units of one answer each."""
    if units < UNITS_NEEDED:
        raise TooFewRowsError(
            f"{units:,} units; at least {UNITS_NEEDED} are needed to tell units from answers."
        )
    if answers <= units:
        raise TooFewRowsError(
            f"Each of the {units:,} units has one answer: how far answers differ within a unit cannot be seen."
        )


def size_of_units(n: np.ndarray, method_n0: str) -> float:
    """The unit size that stands for all, by the convention named."""
    if method_n0 == "mean":
        return float(n.mean())
    if method_n0 == "adjusted":
        return float((n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1))
    raise TableError(f'method_n0 is "mean" or "adjusted"; got {method_n0!r}.')


def icc1_of(f: float, n0: float) -> float:
    """ICC(1) from the F ratio."""
    return float((f - 1) / (f + n0 - 1)) if np.isfinite(f) else 1.0


def icc2_of(f: float) -> float:
    """ICC(2) from the F ratio; without bound below, so missing where units are exactly alike."""
    return float(1 - 1 / f) if f > NO_F else np.nan


def reliability_of_means(icc1: float, n: np.ndarray) -> np.ndarray:
    """Reliability of a mean of n answers, n r/(1 + (n-1) r); zero where r is not above zero."""
    share = max(icc1, 0.0)
    return n * share / (1 + (n - 1) * share)
