"""The rows behind a shape or a break: outcome, driver and controls as arrays on a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.drivers.controls import control_columns, group_codes, modelled_rows, partial_out
from linkage.drivers.sample import refuse_constant, refuse_explained_by_controls
from linkage.errors import LinkError, TooFewRowsError
from linkage.limits.fewest import FEWEST_FITTED
from linkage.limits.fitted import FEW_CLUSTERS


@dataclass(frozen=True, eq=False)
class Setting:
    """Arrays of one question, rows sorted by the driver.

    driver (n,) : in standard deviations from its mean (`middle`, `unit` lead back). outcome (n,).
    held (n, k) : controls, orthogonal and with mean 0, so that 0 is the average. groups (n,) or None.
    """

    driver: np.ndarray
    outcome: np.ndarray
    held: np.ndarray
    groups: np.ndarray | None
    middle: float
    unit: float

    @property
    def clusters(self) -> int | None:
        return None if self.groups is None else int(self.groups.max()) + 1

    def counts(self, rows: int) -> dict[str, int | None]:
        """What a result says of its rows: used, left out of so many, clusters."""
        used = len(self.outcome)
        return {"n_used": used, "n_dropped": rows - used, "clusters": self.clusters}

    @property
    def base(self) -> np.ndarray:
        """Constant and controls, (n, 1 + k): what every model of the outcome holds."""
        return np.column_stack([np.ones(len(self.driver)), self.held])

    @property
    def line(self) -> np.ndarray:
        """Constant, controls and the driver as it is, (n, 2 + k)."""
        return np.column_stack([self.base, self.driver])

    def raw(self, driver: np.ndarray | float) -> np.ndarray | float:
        """A driver's value in its own unit."""
        return self.middle + self.unit * driver


def read_setting(
    table: pd.DataFrame, *, outcome: str, driver: str, controls: Sequence[str], cluster: str | None
) -> Setting:
    """The complete rows of a table as a Setting.

    Raises TooFewRowsError below 30 rows, FitError for a driver or outcome that is constant or follows
    from the controls, LinkError for a column that is named twice.
    """
    names = [outcome, driver, *controls]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LinkError(f"{', '.join(twice)} is named more than once among outcome, driver and controls.")
    rows = modelled_rows(
        table,
        numbers=[driver, outcome],
        controls=controls,
        cluster=cluster,
        at_least=FEWEST_FITTED + len(controls),
    )
    columns = rows[[driver, outcome]].to_numpy()
    refuse_constant(columns, [driver, outcome])
    held = control_columns(rows, controls)
    refuse_explained_by_controls(partial_out(columns, held)[0], columns, [driver, outcome], controls)
    x, middle, unit = columns[:, 0], columns[:, 0].mean(), columns[:, 0].std()
    return Setting(
        (x - middle) / unit, columns[:, 1], orthogonal(held), group_codes(rows, cluster), middle, unit
    )


def orthogonal(columns: np.ndarray) -> np.ndarray:
    """Columns (n, r) of unit spread that span the same space as centred columns (n, k), r its rank."""
    if columns.shape[1] == 0:
        return columns
    vectors, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return vectors[:, sizes > 1e-9 * sizes[0]] * np.sqrt(len(columns))


def refuse_few_values(values: np.ndarray, name: str, fewest: int, purpose: str) -> None:
    """Refuse a driver with fewer distinct values than a curve or a break needs."""
    distinct = len(np.unique(values))
    if distinct < fewest:
        raise TooFewRowsError(
            f"{name} takes {distinct} distinct values; {purpose} needs {fewest}. "
            "Compare the outcome value by value (bin_means), or use a finer measure."
        )


def rows_said(n_used: int, n_dropped: int, clusters: int | None) -> str:
    """The closing words of a summary: what the answer rests on."""
    among = f" in {clusters:,} clusters" if clusters else ""
    few = clusters is not None and clusters < FEW_CLUSTERS
    warning = f" With fewer than {FEW_CLUSTERS} clusters the intervals may be too narrow." if few else ""
    return f"n = {n_used:,}{among}; {n_dropped:,} rows left out. An association.{warning}"


def p_said(p_value: float) -> str:
    """A p-value as a reader says it."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
