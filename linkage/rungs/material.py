"""What the rungs of one link are made of: its sample, its rows, and the arrays they become."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError
from linkage.grains import CLUSTERS
from linkage.group_codes import count_groups, without_gaps
from linkage.regression.design import cluster_codes
from linkage.rungs.arrays import Arrays, arrays_of, positions
from linkage.rungs.result import Orders
from linkage.rungs.slope import Slope
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.refuting.sample import LinkSample

ROW = "row of its own"
"""The cluster of rows that belong to nobody."""


@dataclass(frozen=True, eq=False)
class Material:
    """One link's sample, its rows in levels, the card's row of the main driver, and what came first."""

    sample: LinkSample
    spec: LinkSpec
    declared: pd.Series
    rows: pd.DataFrame
    orders: Orders
    seed: int

    @property
    def how(self) -> dict:
        return {"confidence": self.sample.confidence, "seed": self.seed}

    @property
    def is_change(self) -> bool:
        return self.spec.change is not None

    @property
    def is_panel(self) -> bool:
        return self.spec.grain.endswith("_period")

    @property
    def key(self) -> str:
        """The column that tells the compared apart, whether or not the rows have it."""
        return CLUSTERS[self.spec.grain]

    @property
    def unit(self) -> str | None:
        return self.key if self.key in self.rows else None

    @property
    def cluster(self) -> str | None:
        return next((c for c in (self.sample.cluster, self.unit) if c and c in self.rows), None)

    @property
    def controls(self) -> list[str]:
        """The declared controls of a comparison of levels: the past of a change belongs to the change."""
        past = f"{self.spec.outcome}_now" if self.is_change else None
        return [c for c in self.spec.controls if c != past]

    @cached_property
    def levels(self) -> Arrays | str:
        """Outcome, drivers and controls; or why there is no such row. Effects of periods say a control `period`."""
        if self.rows is self.sample.table and not self.is_change:
            return self._fitted()
        return self.arrays(self.spec.outcome)

    @cached_property
    def is_constant(self) -> bool:
        """Whether the driver never changes for anybody, so that no time order can be told from it."""
        made = self.levels
        if isinstance(made, str) or made.unit is None:
            return False
        first = np.empty(int(made.unit.max()) + 1)
        first[made.unit] = made.main
        return bool((first[made.unit] == made.main).all()) and len(first) < len(made.unit)

    def _fitted(self) -> Arrays:
        """The rows of the card's own fit."""
        sample = self.sample
        others = [place for place, name in enumerate(sample.names) if name != "Intercept"]
        table, kept = sample.table, np.arange(len(sample.y))
        unit = cluster_codes(table[self.unit]) if self.unit else None
        when = None
        if "period" in table and table["period"].notna().all():
            when = positions(table["period"], cluster_codes(table["period"]))
        if unit is not None and (unit < 0).any():  # a row of nobody is nobody's second
            unit = np.where(unit < 0, unit.max() + 1 + kept, unit)
            unit = without_gaps(unit)
        root = None if sample.weights is None else np.sqrt(sample.weights)
        x = sample.x[:, others]
        return Arrays(sample.y, x, others.index(sample.place), unit, when, sample.groups, root, kept)

    def arrays(self, outcome: str) -> Arrays | str:
        """The arrays of an outcome on drivers and controls, or why there are none."""
        if outcome not in self.rows:
            return f"the rows hold no {outcome}"
        rows = self.rows if self.cluster else self.rows.assign(**{ROW: np.arange(len(self.rows))})
        try:
            return arrays_of(
                rows,
                outcome=outcome,
                drivers=self.spec.drivers,
                controls=self._telling(outcome),
                unit=self.unit,
                cluster=self.cluster or ROW,
                weights=self.spec.weights,
            )
        except LinkageError as error:
            return str(error)

    def _telling(self, outcome: str) -> list[str]:
        """The controls that tell rows apart: in fewer rows than the card's, one may have a single value left."""
        controls = [c for c in self.controls if c != outcome]
        rows = self.rows[[outcome, *self.spec.drivers, *controls]].dropna()
        return [c for c in controls if rows[c].nunique() > 1]

    @cached_property
    def not_by_calendar(self) -> str:
        """Why the rows cannot be followed from period to period; empty where they can."""
        if not self.is_panel:
            return "single answers and contacts have no row of the period before"
        made = self.levels
        if isinstance(made, str):
            return made
        if made.unit is None or made.when is None:
            return f"the rows have no {self.key} and period to follow"
        places = made.unit.astype("int64") * (int(np.ptp(made.when)) + 1) + made.when - made.when.min()
        return "" if len(np.unique(places)) == len(places) else f"some {self.key} has two rows in a period"

    @property
    def own_slope(self) -> Slope:
        """The card's own estimate."""
        names = ("estimate", "std_error", "low", "high", "p_value", "df")
        groups = count_groups(self.sample.groups)
        return Slope(**{n: float(self.declared[n]) for n in names}, n=len(self.sample.y), clusters=groups)

    @property
    def sample_alone(self) -> Arrays:
        """The fitted rows with nothing but the main driver."""
        sample = self.sample
        root = None if sample.weights is None else np.sqrt(sample.weights)
        x, kept = sample.x[:, [sample.place]], np.arange(len(sample.y))
        return Arrays(sample.y, x, 0, None, None, sample.groups, root, kept)
