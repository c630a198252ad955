"""From a table and a formula to plain arrays: one complete-case frame for everything a fit reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression.formula import (
    category_columns,
    category_values,
    check_names,
    columns_of,
    evaluate,
    in_levels,
    parse_formula,
)
from linkage.regression.recipe import Recipe
from linkage.rows import as_numbers, require_columns


@dataclass(frozen=True, eq=False)
class Design:
    """The arrays of one regression.

    y : (n,) the outcome (codes 0..J-1 where it is ordered). x : (n, k) the regressors.
    groups : one (n,) array of cluster codes for each cluster column. w : (n,) weights with mean 1, or None.
    kept : (n,) positions, in the caller's table, of the rows used. rows : those rows, complete.
    """

    recipe: Recipe
    y: np.ndarray
    x: np.ndarray
    groups: tuple[np.ndarray, ...]
    w: np.ndarray | None
    kept: np.ndarray
    rows: pd.DataFrame
    n_dropped: int
    cluster: tuple[str, ...]
    weights: str | None
    outcome_levels: tuple = ()

    @property
    def cluster_counts(self) -> tuple[int, ...]:
        return tuple(int(codes.max()) + 1 for codes in self.groups)

    @property
    def weight_array(self) -> np.ndarray:
        return np.ones(len(self.y)) if self.w is None else self.w


def build_design(
    table: pd.DataFrame,
    formula: str,
    *,
    cluster: str | Sequence[str] | None = None,
    weights: str | None = None,
    reference: Mapping[str, object] | None = None,
    also: Sequence[str] = (),
    ordered_outcome: bool = False,
) -> Design:
    """The complete rows of a table as the arrays of one regression.

    A row counts if outcome, terms, clusters, weight and the numbers named in `also` all have a value (and the
    weight is not 0). Text, categorical and `C(...)` columns are categories; their reference level is the first
    (sorted, or in the order of a pandas categorical) unless `reference={"segment": "consumer"}` names another.

    Raises LinkError for a formula that cannot be read, TableError for a column that cannot be used.
    """
    parsed, reference = parse_formula(formula), reference or {}
    outcome, columns = columns_of(parsed.lhs, table), columns_of(parsed.rhs, table)
    check_names(parsed, columns)
    categories = category_columns(parsed.rhs, table, columns)
    _check_references(reference, categories)
    labels = [*categories, *(outcome if ordered_outcome else ())]
    clusters = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
    rows, kept = _complete(table, [*columns, *outcome, *also], labels, clusters, weights)
    levels = {c: category_levels(rows[c], reference.get(c)) for c in categories}
    x, spec = evaluate(parsed.rhs, rows.assign(**{c: in_levels(rows[c], levels[c]) for c in categories}))
    y, outcome_levels = _outcome(parsed.lhs, rows, outcome[0] if ordered_outcome else None)
    return Design(
        recipe=Recipe(formula, formula.split("~")[0].strip(" `"), tuple(columns), levels, spec),
        y=y,
        x=x,
        groups=tuple(cluster_codes(rows[c]) for c in clusters),
        w=None if weights is None else (rows[weights] / rows[weights].mean()).to_numpy(),
        kept=kept,
        rows=rows,
        n_dropped=len(table) - len(rows),
        cluster=clusters,
        weights=weights,
        outcome_levels=outcome_levels,
    )


def _check_references(reference: Mapping[str, object], categories: list[str]) -> None:
    unknown = [repr(column) for column in reference if column not in categories]
    if unknown:
        raise LinkError(
            f"reference names {', '.join(unknown)}, which the formula does not use as a category; its categories "
            f"are: {', '.join(categories) or 'none'}."
        )


def _complete(table, columns, labels, clusters, weights) -> tuple[pd.DataFrame, np.ndarray]:
    """The complete rows, numbered anew, and their positions in the table."""
    require_columns(table, [*columns, *clusters, *([weights] if weights else [])])
    parts: dict[str, pd.Series] = {}
    for column in dict.fromkeys(columns):
        parts[column] = (category_values if column in labels else as_numbers)(table[column])
    if weights:
        parts[weights] = usable_weights(table[weights])
    for column in clusters:
        parts.setdefault(column, table[column])
    known = np.ones(len(table), dtype=bool)
    for values in parts.values():
        known &= values.notna().to_numpy()
    kept = np.flatnonzero(known)
    if not len(kept):
        raise TooFewRowsError(f"None of the {len(table):,} rows is complete in {', '.join(map(str, parts))}.")
    rows = pd.DataFrame(parts, index=table.index)
    return (rows if known.all() else rows.iloc[kept]).reset_index(drop=True), kept


def usable_weights(values: pd.Series) -> pd.Series:
    """Survey weights as numbers, 0 as missing; refuses a negative one."""
    numbers = as_numbers(values)
    negative = numbers[numbers < 0]
    if len(negative):
        raise TableError(
            f"Weights in {values.name!r} are negative in {len(negative):,} rows, for example {negative.iloc[0]:g}. "
            "A survey weight is 0 or more."
        )
    return numbers.where(numbers > 0)


def category_levels(values: pd.Series, reference: object = None) -> tuple:
    """The levels met in the rows used, the reference first; refuses a category with one level only."""
    levels = _levels_met(values)
    if len(levels) == 1:
        raise FitError(
            f"{values.name} has the one value {levels[0]!r} in all {len(values):,} complete rows: nothing to "
            "compare. Leave it out, or look at why the other categories have no complete row."
        )
    if reference is not None and reference not in levels:
        known = ", ".join(map(str, levels))
        raise LinkError(f"reference {reference!r} is not a level of {values.name!r}. Its levels: {known}.")
    first = levels[0] if reference is None else reference
    return (first, *(level for level in levels if level != first))


def _levels_met(values: pd.Series) -> list:
    met = set(values.unique().tolist())
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [level for level in values.cat.categories if level in met]
    return sorted(met, key=lambda level: (isinstance(level, str), level))


def _outcome(terms, rows: pd.DataFrame, ordered: str | None) -> tuple[np.ndarray, tuple]:
    if ordered is None:
        (term,) = terms
        is_column = str(term) in rows  # otherwise computed from columns, such as log(spend)
        return rows[str(term)].to_numpy() if is_column else evaluate(terms, rows)[0][:, 0], ()
    levels = tuple(_levels_met(rows[ordered]))
    codes = {level: code for code, level in enumerate(levels)}
    return np.array([codes[value] for value in rows[ordered]]), levels


def cluster_codes(values: pd.Series) -> np.ndarray:
    """Codes 0..G-1 in sorted order of the labels, so that the order of the rows does not matter."""
    try:
        return values.factorize(sort=True)[0]
    except TypeError:  # labels of mixed kinds
        return values.astype(str).factorize(sort=True)[0]


def codes_by_value(design: Design) -> np.ndarray:
    """Codes (n,) of single rows from 0, by their values: a seeded draw of rows is the same in any order of them."""
    order = np.lexsort([design.weight_array, design.y, *design.x.T])
    codes = np.empty(len(order), dtype="int64")
    codes[order] = np.arange(len(order))
    return codes
