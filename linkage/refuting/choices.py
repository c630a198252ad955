"""The other reasonable ways to ask a link's question: controls, outcomes, windows, rows and errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product

import numpy as np
import pandas as pd

from linkage.limits.designs import SKEWED
from linkage.refuting.sample import LinkSample
from linkage.rows import as_numbers

ALL_SUBSETS = 5
"""Up to so many controls every subset of them is tried; above, none, all but one, and one alone."""
MOST = 200
"""Specifications; above, only those that differ from the declared one in at most two choices, then in one."""
AS_DECLARED = "as declared"
OTHER_LAG = "lag "
"""Windows so named are another question: shown on the curve, not counted, as a link may live at its own lag alone."""


@dataclass(frozen=True)
class Choice:
    """One specification, in words. controls : held fixed. The rest : what was done, `as declared` where nothing."""

    controls: tuple[str, ...]
    outcome: str = AS_DECLARED
    period_effects: bool = False
    rows: str = "all"
    window: str = AS_DECLARED
    weights: str = AS_DECLARED
    errors: str = AS_DECLARED


@dataclass(frozen=True, eq=False)
class Choices:
    """What a link's rows offer: every list of choices, and the columns behind them.

    blocks : regressors (n, .) by control. outcomes : (n,) by name. rows : masks by name. windows : by name the columns
    that take the place of the link's own. codes : (n,) groups of the columns errors may be clustered by.
    specifications : the declared one first.
    """

    sample: LinkSample
    blocks: Mapping[str, np.ndarray]
    outcomes: Mapping[str, np.ndarray]
    rows: Mapping[str, np.ndarray]
    windows: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    codes: Mapping[str, np.ndarray] = field(default_factory=dict)
    specifications: tuple[Choice, ...] = ()


def choices_of(
    sample: LinkSample,
    *,
    outcomes: tuple[str, ...] = (),
    controls: tuple[tuple[str, ...], ...] = (),
    windows: pd.DataFrame | None = None,
) -> Choices:
    """Every reasonable specification of a link.

    outcomes, controls : the study's declared alternatives. windows : columns of the sample's rows (n,) named
    `column|window`, measured in another window.
    """
    blocks = _blocks(sample, controls)
    sets = _control_sets(sample.controls, [s for s in controls if all(c in blocks for c in s)])
    codes = {
        c: pd.factorize(sample.table[c], use_na_sentinel=False)[0]
        for c in ("period", "unit_id")
        if c in sample.table
    }
    kept = Choices(
        sample,
        blocks,
        _outcomes(sample, outcomes),
        _row_sets(sample),
        _windows(sample, windows, blocks),
        codes,
    )
    return replace(kept, specifications=tuple(_all_specifications(kept, sets)))


def _blocks(sample: LinkSample, others: tuple[tuple[str, ...], ...]) -> dict[str, np.ndarray]:
    """The regressors of each declared control, as fitted, and of each other one, missing where it has no value."""
    made = {}
    for control in sample.controls:
        places = [i for i, n in enumerate(sample.names) if n == control or n.startswith(f"{control}[")]
        if places:
            made[control] = sample.x[:, places]
    for control in dict.fromkeys(c for set_ in others for c in set_):
        if control not in made and control in sample.table and control not in sample.drivers:
            made[control] = _regressors(sample.table[control])
    return made


def _regressors(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        return as_numbers(values).to_numpy()[:, None]
    codes, kinds = pd.factorize(values, sort=True)
    dummies = np.eye(max(len(kinds), 1))[np.maximum(codes, 0)][:, 1:]
    return np.where(codes[:, None] >= 0, dummies, np.nan)


def _control_sets(declared: tuple[str, ...], others: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The declared set first."""
    if len(declared) <= ALL_SUBSETS:
        sizes = range(len(declared), -1, -1)
        sets = [s for size in sizes for s in combinations(declared, size)]
    else:
        sets = [declared, *(tuple(c for c in declared if c != left) for left in declared)]
        sets += [*((c,) for c in declared), ()]
    return list(dict.fromkeys([*sets, *others]))


def _outcomes(sample: LinkSample, others: tuple[str, ...]) -> dict[str, np.ndarray]:
    y = sample.y
    made = {AS_DECLARED: y}
    if len(np.unique(y)) > 2:
        low, high = np.quantile(y, [0.01, 0.99])
        clipped = np.clip(y, low, high)
        if (clipped != y).any() and np.ptp(clipped) > 0:
            made["winsorised 1 to 99 %"] = clipped
        if y.min() >= 0 and _skewness(y) > SKEWED:
            made["log(1 + outcome)"] = np.log1p(y)
        made["rank"] = pd.Series(y).rank().to_numpy() / len(y)
    for other in others:
        if other in sample.table and pd.api.types.is_numeric_dtype(sample.table[other]):
            made[other] = as_numbers(sample.table[other]).to_numpy()
    return made


def _skewness(y: np.ndarray) -> float:
    centred = y - y.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)


def _row_sets(sample: LinkSample) -> dict[str, np.ndarray]:
    made = {"all": np.ones(len(sample.y), dtype=bool)}
    if "period" in sample.table and sample.table["period"].nunique() >= 4:
        periods = sample.table["period"]
        made["without the first and last period"] = (
            (periods != periods.min()) & (periods != periods.max())
        ).to_numpy()
    return made


def _windows(sample, windows: pd.DataFrame | None, blocks) -> dict[str, dict[str, np.ndarray]]:
    """By window the columns that replace outcome, main driver or controls there."""
    made: dict[str, dict[str, np.ndarray]] = {}
    replaceable = {sample.outcome, sample.drivers[0], *(c for c in blocks if blocks[c].shape[1] == 1)}
    for name in () if windows is None else windows.columns:
        column, _, window = name.partition("|")
        if column in replaceable and windows[name].notna().any():
            made.setdefault(window, {})[column] = windows[name].to_numpy(dtype=float)
    return made


def _all_specifications(kept: Choices, sets: list[tuple[str, ...]]) -> Iterator[Choice]:
    effects = [False]
    if "period" in kept.sample.table and "period" not in kept.sample.controls:
        effects += [True] if kept.sample.table["period"].nunique() > 1 else []
    declared = Choice(sets[0])
    crossed = [Choice(*picked) for picked in product(sets, kept.outcomes, effects, kept.rows)]
    for most in (4, 2, 1):
        chosen = [c for c in crossed if _differences(c, declared) <= most]
        if len(chosen) <= MOST:
            break
    yield from chosen[:MOST]
    for window in kept.windows:
        own = effects if not window.startswith(OTHER_LAG) else effects[:1]
        yield from (Choice(sets[0], period_effects=e, window=window) for e in own)
    if kept.sample.weights is not None:
        yield replace(declared, weights="none")
    errors = ["HC1", *(c for c in ("unit_id", "period") if c in kept.codes and c != kept.sample.cluster)]
    yield from (replace(declared, errors=e) for e in errors)


def _differences(choice: Choice, declared: Choice) -> int:
    return sum(
        getattr(choice, f) != getattr(declared, f) for f in ("controls", "outcome", "period_effects", "rows")
    )
