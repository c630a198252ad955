"""The rows of a link's ladder as arrays: outcome, regressors, and who and when each row is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.panel.grid import period_positions
from linkage.regression.design import build_design


@dataclass(frozen=True, eq=False)
class Arrays:
    """Complete rows.

    y : (n,). x : (n, k) without a constant; place : the column of the main driver's term.
    unit : (n,) codes of who it is, or None; when : (n,) positions of periods, or None; cluster : (n,) codes.
    root : (n,) roots of weights, or None. kept : (n,) positions in the table the rows come from.
    """

    y: np.ndarray
    x: np.ndarray
    place: int
    unit: np.ndarray | None
    when: np.ndarray | None
    cluster: np.ndarray
    root: np.ndarray | None
    kept: np.ndarray

    @property
    def main(self) -> np.ndarray:
        return self.x[:, self.place]

    @property
    def period(self) -> np.ndarray | None:
        """(n,) codes of the periods from 0."""
        return None if self.when is None else np.unique(self.when, return_inverse=True)[1]

    @property
    def main_first(self) -> np.ndarray:
        """(n, k) regressors, the main driver's term first."""
        return np.column_stack([self.main, np.delete(self.x, self.place, axis=1)])

    def rows(self, keep: np.ndarray) -> Arrays:
        """Some of the rows; keep : (n,) true or false, or positions."""
        picked = {name: _picked(getattr(self, name), keep) for name in ("unit", "when", "root")}
        return Arrays(
            self.y[keep], self.x[keep], self.place, cluster=self.cluster[keep], kept=self.kept[keep], **picked
        )


def _picked(values: np.ndarray | None, keep: np.ndarray) -> np.ndarray | None:
    return None if values is None else values[keep]


def positions(periods: pd.Series, codes: np.ndarray) -> np.ndarray:
    """Each row's place on the line of periods, from the name of each code once."""
    first = np.unique(codes, return_index=True)[1]
    return period_positions(periods.iloc[first]).to_numpy()[codes]


def arrays_of(
    rows: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    controls: Sequence[str] = (),
    unit: str | None,
    cluster: str,
    weights: str | None = None,
) -> Arrays:
    """The complete rows of a link as arrays. Refusals as in `fit_linear`.

    unit : the column of those who are compared with themselves, or None; a column `period` is used where it is there.
    """
    labels = [c for c in dict.fromkeys((unit, "period", cluster)) if c in rows]
    formula = f"{outcome} ~ {' + '.join([*drivers, *controls])}"
    made = build_design(rows, formula, cluster=labels, weights=weights)
    names = list(made.recipe.names)
    others = [place for place, name in enumerate(names) if name != "Intercept"]
    main = made.recipe.terms_of(drivers[0])[0]
    codes = dict(zip(labels, made.groups, strict=True))
    when = positions(made.rows["period"], codes["period"]) if "period" in codes else None
    return Arrays(
        y=made.y,
        x=made.x[:, others],
        place=others.index(names.index(main)),
        unit=codes.get(unit),
        when=when,
        cluster=codes[cluster],
        root=None if made.w is None else np.sqrt(made.w),
        kept=made.kept,
    )
