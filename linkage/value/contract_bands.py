"""Are customers of a loyalty band worth more? Contract values by band, from who left and what they brought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.regression.result import check_confidence
from linkage.rows import complete_rows, require_columns
from linkage.value.bands import ValueByBand, band_codes, band_tables, hide_small
from linkage.value.contract import ContractTerms, check_bounded, check_terms, present_value
from linkage.value.quantity import ASSUMED, ESTIMATED

DRAWS_AT_ONCE = 50


def contract_value_by_band(
    table: pd.DataFrame,
    *,
    band: str,
    margin: str,
    terms: ContractTerms,
    currency: str,
    lost: str = "is_lost",
    customer: str = "customer_id",
    level: str = "L1",
    minimum_group: int = 10,
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> ValueByBand:
    """Are customers of one band worth more than those of another under contract?

    table : one row a customer and period of one `terms.time_unit`; `lost` is 1 in the period a customer left,
        `margin` the money of the period (0 where silent), `band` known before it. Rows without a band form a
        band of their own.

    Each band's retention (1 - mean of `lost`) and mean margin give its value (`present_value`); the interval
    is a bootstrap of whole customers, which keeps retention and margin together. An association.
    """
    check_confidence(confidence)
    check_terms(terms)
    require_columns(table, [band])
    rows = complete_rows(table.assign(position=np.arange(len(table))), [lost, margin, "position"], [customer])
    _check_lost(rows[lost])
    codes, names = band_codes(table[band].iloc[rows["position"].to_numpy(dtype="int64")])
    people = rows[customer].factorize(sort=True)[0]  # so that the order of rows moves no draw
    cells = np.column_stack([np.ones(len(rows)), 1 - rows[lost], rows[margin]])
    sums = _sums(cells, codes, people, len(names), draws, seed)
    counts = np.array([len(np.unique(people[codes == k])) for k in range(len(names))])
    values, parts = _values(sums, np.append(counts >= minimum_group, True), terms)
    estimates, gaps, overall = band_tables(
        names, counts, values[0], values[1:], minimum_group=minimum_group, confidence=confidence
    )
    details = pd.DataFrame(parts[0, :-1], index=estimates.index, columns=["retention", "margin"])
    return ValueByBand(
        estimates=hide_small(estimates, details),
        currency=currency,
        horizon=terms.horizon,
        time_unit=terms.time_unit,
        level="L0" if terms.retention_cost else level,
        basis=ASSUMED if terms.retention_cost else ESTIMATED,
        confidence=confidence,
        gaps=gaps,
        overall=overall,
        form="contract",
        method=f"constant retention and margin, bootstrap of customers, {draws:,} draws",
        minimum_group=minimum_group,
        n_used=int(people.max()) + 1,
        n_dropped=len(table) - len(rows),
        draws=draws,
        failed_draws=0,
        seed=seed,
        counted=f"customers who were in it in any {terms.time_unit}",
    )


def _check_lost(lost: pd.Series) -> None:
    odd = lost[~lost.isin([0, 1])]
    if len(odd):
        raise TableError(
            f"{lost.name} is 1 (left) or 0 (stayed); {len(odd):,} of {len(lost):,} rows are not, such as "
            f"{odd.iloc[0]:g}."
        )


def _values(sums: np.ndarray, shown: np.ndarray, terms: ContractTerms) -> tuple[np.ndarray, np.ndarray]:
    """Values (1 + D, K+1), retention and margin (1 + D, K+1, 2); missing where a band was not drawn."""
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = sums[..., 1:] / sums[..., :1]
        check_bounded(float(np.nanmax(parts[:, shown, 0])), terms)
        return present_value(parts[..., 0], parts[..., 1], terms), parts


def _sums(
    cells: np.ndarray, codes: np.ndarray, people: np.ndarray, bands: int, draws: int, seed: int
) -> np.ndarray:
    """Sums of cells (n, 3) by band and over all, in the sample and in resamples of people: (1 + D, K+1, 3)."""
    rng, count = np.random.default_rng(seed), int(people.max()) + 1
    pair, inverse = np.unique(people * bands + codes, return_inverse=True)
    within = np.column_stack([np.bincount(inverse, column) for column in cells.T])
    person, group = pair // bands, pair % bands
    found = np.empty((draws + 1, bands + 1, cells.shape[1]))
    for begin in range(0, draws + 1, DRAWS_AT_ONCE):
        size = min(DRAWS_AT_ONCE, draws + 1 - begin)
        weights = rng.multinomial(count, np.full(count, 1 / count), size=size).astype(float)
        if begin == 0:
            weights[0] = 1.0  # the sample itself
        for k in range(bands):
            mine = group == k
            found[begin : begin + size, k] = weights[:, person[mine]] @ within[mine]
    found[:, bands] = found[:, :bands].sum(axis=1)
    return found
