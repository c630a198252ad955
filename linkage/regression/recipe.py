"""How a formula turns rows into regressors, kept with a fit so that other rows can be put through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import TableError
from linkage.regression.formula import category_values, columns_read, in_levels, matrix_of
from linkage.rows import as_numbers


@dataclass(frozen=True, eq=False)
class Recipe:
    """A formula once its categories and knots are known.

    columns : what the right-hand side reads. levels : the category columns among them and their levels, the
    reference level first. spec : formulaic's specification of the regressors.
    """

    formula: str
    outcome: str
    columns: tuple[str, ...]
    levels: Mapping[str, tuple]
    spec: object

    @property
    def names(self) -> list[str]:
        """The regressors, in order."""
        return list(self.spec.column_names)

    @property
    def has_intercept(self) -> bool:
        return "Intercept" in self.names

    @property
    def references(self) -> dict[str, object]:
        """The level each category is compared with; none where all its levels have a term of their own."""
        return {
            column: levels[0]
            for column, levels in self.levels.items()
            if not any(f"[{levels[0]}]" in name for name in self.terms_of(column))
        }

    def terms_of(self, column: str) -> list[str]:
        """The regressors that read a column of the table."""
        return [name for name, read in self._reads().items() if column in read]

    @property
    def term_groups(self) -> dict[str, list[str]]:
        """The regressors of each term of the formula, the intercept left out: a category is one term."""
        names = self.names
        groups = {str(term): [names[i] for i in places] for term, places in self.spec.term_indices.items()}
        return {term: held for term, held in groups.items() if held != ["Intercept"]}

    @property
    def numeric_names(self) -> list[str]:
        """The regressors that measure an amount: neither the intercept nor the indicator of a category."""
        return [name for name, read in self._reads().items() if read - set(self.levels)]

    def _reads(self) -> dict[str, set[str]]:
        names = self.names
        return {
            names[place]: set().union(*(columns_read(factor) for factor in term.factors))
            for term, places in self.spec.term_indices.items()
            for place in places
        }

    def complete(self, table: pd.DataFrame) -> pd.Series:
        """Which rows of a table have a value in every column needed."""
        return self._frame(table, check=False).notna().all(axis=1)

    def matrix(self, rows: pd.DataFrame) -> np.ndarray:
        """The regressors of complete rows: one row a row, one column a name.

        Raises TableError for a category that the fit has not seen.
        """
        return matrix_of(self.spec, self._frame(rows, check=True))

    def _frame(self, table: pd.DataFrame, *, check: bool) -> pd.DataFrame:
        columns = {c: self._column(table[c], check) for c in self.columns}
        return pd.DataFrame(columns, index=table.index)

    def _column(self, values: pd.Series, check: bool) -> pd.Series:
        if values.name not in self.levels:
            return as_numbers(values)
        values = category_values(values)
        if not check:
            return values
        known = self.levels[values.name]
        sorted_in = in_levels(values, known)
        unseen = sorted_in.isna()
        if unseen.any():
            raise TableError(
                f"Column {values.name!r} holds {values[unseen].iloc[0]!r} in {unseen.sum():,} rows, a category "
                f"that the fit has not seen. It knows: {', '.join(map(str, known))}."
            )
        return sorted_in
