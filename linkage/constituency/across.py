"""A chain of two links, each at its own grain: whole units drawn through both, so that their errors go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.chain.moments import cluster_products, draw_products, is_solvable, step_coefficients
from linkage.chain.result import bootstrap_table
from linkage.constituency.columns import held_columns
from linkage.drivers.controls import is_number
from linkage.errors import FitError, TooFewRowsError
from linkage.regression.guards import check_constants
from linkage.rows import complete_rows

LEAST_UNITS = 5


@dataclass(frozen=True)
class Step:
    """One link of a chain: outcome on its first driver, the other drivers and controls held fixed."""

    outcome: str
    drivers: tuple[str, ...]
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Across:
    """estimates : rows first, second (outcome per driver) and indirect, their product: estimate, std_error, low, high,
    p_value. n : rows of each link. units : drawn; failed : draws without a solution, left out.
    """

    estimates: pd.DataFrame
    n: tuple[int, int]
    units: int
    failed: int


def chain_across(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    steps: tuple[Step, Step],
    unit: str = "unit_id",
    draws: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Across:
    """How much of the last outcome goes with the first driver by way of what stands between?

    first, second : rows of the two links, each at its own grain, both with the `unit` they belong to. The first link's
    outcome is the second's driver, in the same unit of measurement.

    Least squares for each link; the product, with the percentiles of a bootstrap that draws units whole and refits both
    links in each draw (FIELD: a path over several grains). It says what a step for everybody in a unit goes with, if
    what holds among its people adds up to the unit; what else the driver does to the end is not in it. Raises
    TooFewRowsError below five units, or where a link has too few rows; FitError where a driver does not vary, or its
    link's columns cannot be told apart.
    """
    made = [_columns(rows, step, unit) for rows, step in zip((first, second), steps, strict=True)]
    names = sorted(set(made[0][1]) | set(made[1][1]))
    if len(names) < LEAST_UNITS:
        raise TooFewRowsError(f"{len(names)} units are too few to draw from; {LEAST_UNITS} at least.")
    codes = {name: place for place, name in enumerate(names)}
    products = [_products(z, [codes[u] for u in units], len(names)) for z, units in made]
    for step, sums in zip(steps, products, strict=True):
        _require_apart(step, sums.sum(axis=0))
    sizes = [p.shape[-1] for p in products]
    values = [float(step_coefficients(p.sum(axis=0), p.shape[-1] - 1)[-1]) for p in products]
    drawn = np.concatenate(list(_draws(products, sizes, draws, seed)))
    if len(drawn) < 0.9 * draws:
        raise TooFewRowsError(
            f"{draws - len(drawn):,} of {draws:,} draws had no solution: too few units vary."
        )
    table = bootstrap_table(
        np.array([*values, values[0] * values[1]]),
        np.column_stack([drawn, drawn.prod(axis=1)]),
        ["first", "second", "indirect"],
        confidence,
    )
    return Across(table, (len(made[0][1]), len(made[1][1])), len(names), draws - len(drawn))


def _require_apart(step: Step, sums: np.ndarray) -> None:
    """Refuse a link whose columns say the same thing, so that no slope is its own. sums : (q, q) of all rows."""
    if not is_solvable(sums[None, :-1, :-1])[0]:
        raise FitError(
            f"{step.outcome} with {', '.join([*step.drivers, *step.controls])}: in these rows one of them is a "
            "combination of the others, so their effects cannot be told apart. Leave one out, or ask of a later period."
        )


def _columns(rows: pd.DataFrame, step: Step, unit: str) -> tuple[np.ndarray, list[str]]:
    """(n, q) constant, controls, other drivers, the first driver, the outcome; and each row's unit."""
    numeric = [c for c in step.controls if is_number(rows[c])]
    labels = [c for c in step.controls if c not in numeric]
    numbers = [*step.drivers, step.outcome, *numeric]
    kept = complete_rows(rows, numbers, [*labels, unit], at_least=10 * (1 + len(step.drivers)))
    drivers = kept[list(step.drivers)].to_numpy()
    check_constants(np.ptp(drivers, axis=0), np.abs(drivers).max(axis=0), step.drivers, len(kept))
    held = held_columns(kept, step.controls)
    ordered = [*step.drivers[1:], step.drivers[0], step.outcome]
    # controls taken out beforehand would be those of the sample; here each draw takes them out anew
    return np.column_stack([np.ones(len(kept)), held, kept[ordered].to_numpy()]), list(kept[unit].astype(str))


def _products(z: np.ndarray, codes: list[int], count: int) -> np.ndarray:
    """(G, q, q) cross-products of each unit; zeros where a link has none of its rows."""
    found = cluster_products(z, np.array(codes))
    whole = np.zeros((count, z.shape[1], z.shape[1]))
    whole[: len(found)] = found
    return whole


def _draws(products: list[np.ndarray], sizes: list[int], draws: int, seed: int):
    """Batches (B, 2) of both slopes in bootstrap samples of whole units: the same units for both links."""
    count, (p, q) = len(products[0]), sizes
    both = np.zeros((count, p + q, p + q))
    both[:, :p, :p], both[:, p:, p:] = products
    for batch in draw_products(both, draws, seed):
        good = is_solvable(batch[:, : p - 1, : p - 1]) & is_solvable(batch[:, p : p + q - 1, p : p + q - 1])
        parts = batch[good]
        slopes = [
            step_coefficients(part, size - 1)[:, -1]
            for part, size in ((parts[:, :p, :p], p), (parts[:, p:, p:], q))
        ]
        yield np.column_stack(slopes)
