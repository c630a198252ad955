"""From a table and a formula to plain arrays: which columns, which rows, which reference levels."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.rows import as_numbers, require_columns

FUNCTIONS = {"sqrt": np.sqrt}  # beside formulaic's own: C, log, exp, cr, bs, poly, np, ...


@dataclass(frozen=True, eq=False)
class Recipe:
    """How a formula turns the rows of any table into regressors, once its categories and knots are known.

    levels : category columns and their levels, the reference level first.
    columns : the columns of the table that the right-hand side reads.
    spec : formulaic's model specification.
    """

    formula: str
    outcome: str
    columns: tuple[str, ...]
    levels: Mapping[str, tuple]
    spec: object

    @property
    def names(self) -> list[str]:
        return list(self.spec.column_names)

    @property
    def has_intercept(self) -> bool:
        return "Intercept" in self.names

    @property
    def references(self) -> dict[str, object]:
        """The level each category is compared with."""
        return {column: levels[0] for column, levels in self.levels.items()}

    def terms_of(self, column: str) -> list[str]:
        """The names of the regressors that read a column of the table."""
        return [
            self.names[i]
            for term, places in self.spec.term_indices.items()
            if any(column in _names_in(str(factor)) or column == str(factor) for factor in term.factors)
            for i in places
        ]

    @property
    def numeric_names(self) -> list[str]:
        """The regressors that are not an intercept or the indicator of a category."""
        categories = {c for c in self.names if c == "Intercept"}
        for term, places in self.spec.term_indices.items():
            read = {c for f in term.factors for c in ({str(f)} | _names_in(str(f))) if c in self.columns}
            if read and read <= set(self.levels):
                categories |= {self.names[i] for i in places}
        return [name for name in self.names if name not in categories]

    def matrix(self, rows: pd.DataFrame) -> np.ndarray:
        """The regressors, one row a row of the table and one column a name; rows must be complete."""
        frame = pd.DataFrame({c: self._column(rows, c) for c in self.columns}, index=rows.index)
        with np.errstate(all="ignore"):
            built = self.spec.get_model_matrix(frame, context=FUNCTIONS, na_action="ignore")
        return _finite(np.asarray(built, dtype="float64"), self.names, rows)

    def _column(self, rows: pd.DataFrame, column: str) -> pd.Series:
        if column not in self.levels:
            return as_numbers(rows[column])
        values = _as_category_values(rows[column])
        unseen = ~values.isin(self.levels[column])
        if unseen.any():
            raise TableError(
                f"Column {column!r} holds {values[unseen].iloc[0]!r} in {unseen.sum():,} rows, a category "
                f"that the fit has not seen. It knows: {', '.join(map(str, self.levels[column]))}."
            )
        return values.astype(pd.CategoricalDtype(list(self.levels[column])))


@dataclass(frozen=True, eq=False)
class Design:
    """One complete-case frame for everything a fit reads, as arrays.

    y : (n,) the outcome (codes 0..J-1 where it is ordered). x : (n, k) the regressors.
    groups : one (n,) array of cluster codes for each cluster column. w : (n,) weights with mean 1, or None.
    kept : (n,) positions of the rows used in the caller's table. rows : the complete rows themselves.
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
        return tuple(int(g.max()) + 1 for g in self.groups)

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
    ordered_outcome: bool = False,
) -> Design:
    """The complete rows of a table as the arrays of one regression.

    A row counts if outcome, terms, clusters and weight all have a value (and the weight is not 0).
    Text, categorical and `C(...)` columns are categories; their reference level is the first one (sorted,
    or in the order of a pandas categorical) unless `reference={"segment": "consumer"}` names another.

    Raises LinkError for a formula that cannot be read, TableError for a column that cannot be used.
    """
    parsed = _parse(formula)
    clusters = _as_tuple(cluster)
    sides = {side: _columns_of(getattr(parsed, side), table) for side in ("lhs", "rhs")}
    categories = _category_columns(parsed.rhs, table, sides["rhs"])
    _check_references(reference or {}, categories)
    rows = _complete(table, sides, categories, clusters, weights, ordered_outcome)
    kept = rows.pop("__position__").to_numpy()
    levels = {c: _levels(rows[c], (reference or {}).get(c)) for c in categories}
    for column in categories:
        rows[column] = rows[column].astype(pd.CategoricalDtype(list(levels[column])))
    y, outcome_levels = _outcome(parsed.lhs, rows, sides["lhs"], ordered_outcome)
    recipe, x = _regressors(parsed.rhs, rows, formula, tuple(sides["rhs"]), levels)
    return Design(
        recipe=recipe,
        y=y,
        x=x,
        groups=tuple(_codes(rows[c]) for c in clusters),
        w=None if weights is None else (rows[weights] / rows[weights].mean()).to_numpy(),
        kept=kept,
        rows=rows,
        n_dropped=len(table) - len(rows),
        cluster=clusters,
        weights=weights,
        outcome_levels=outcome_levels,
    )


def _parse(formula: str):
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
        complete = len(parsed.lhs) == 1 and len(parsed.rhs) > 0
    except (FormulaicError, AttributeError, SyntaxError, TypeError) as problem:
        raise LinkError(
            f"Cannot read the formula {formula!r}. Write 'outcome ~ driver + control'."
        ) from problem
    if not complete:
        raise LinkError(f"The formula {formula!r} needs one outcome before the ~ and a term after it.")
    return parsed


def _names_in(expression: str) -> set[str]:
    """The plain names an expression such as `log(spend)` reads, functions left out."""
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match) -> str:
        quoted[f"quoted_{len(quoted)}_"] = found.group(1)
        return f"quoted_{len(quoted) - 1}_"

    try:
        tree = ast.parse(re.sub(r"`([^`]+)`", stand_in, expression), mode="eval")
    except SyntaxError:  # a bare column name with a space in it
        return {expression}
    called = {id(n) for call in ast.walk(tree) if isinstance(call, ast.Call) for n in ast.walk(call.func)}
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}
    return {quoted.get(name, name) for name in found}


def _columns_of(terms, table: pd.DataFrame) -> list[str]:
    columns: dict[str, None] = {}
    for term in terms:
        for factor in term.factors:
            if factor.eval_method.value == "literal":
                continue
            names = {factor.expr} if factor.eval_method.value == "lookup" else _names_in(factor.expr)
            require_columns(table, sorted(names))
            columns.update(dict.fromkeys(sorted(names)))
    return list(columns)


def _category_columns(terms, table: pd.DataFrame, columns: list[str]) -> list[str]:
    """Columns to use as categories: text and categorical ones, and those only met inside C(...)."""
    marked, plain = set(), set()
    for term in terms:
        for factor in map(str, term.factors):
            (marked if factor.startswith("C(") else plain).update(_names_in(factor) | {factor})
    return [c for c in columns if _is_text(table[c]) or (c in marked and c not in plain)]


def _is_text(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype) or isinstance(values.dtype, pd.StringDtype):
        return True
    return values.dtype == object and any(isinstance(value, str) for value in values)


def _as_category_values(values: pd.Series) -> pd.Series:
    """Category values as they are; whole numbers without their .0, so that a name reads C(wave)[T.2]."""
    if _is_text(values):
        return values
    numbers = as_numbers(values)
    known = numbers.dropna()
    return numbers.astype("Int64") if (known == known.round()).all() else numbers


def _check_references(reference: Mapping[str, object], categories: list[str]) -> None:
    unknown = [column for column in reference if column not in categories]
    if unknown:
        raise LinkError(
            f"reference names {', '.join(map(repr, unknown))}, which the formula does not use as a category; "
            f"its categories are: {', '.join(categories) or 'none'}."
        )


def _complete(table, sides, categories, clusters, weights, ordered_outcome) -> pd.DataFrame:
    require_columns(table, [*clusters, *([weights] if weights else [])])
    parts: dict[str, pd.Series] = {}
    for column in dict.fromkeys([*sides["rhs"], *sides["lhs"]]):
        as_label = column in categories or (ordered_outcome and column in sides["lhs"])
        parts[column] = _as_category_values(table[column]) if as_label else as_numbers(table[column])
    if weights:
        parts[weights] = as_numbers(table[weights])
        _check_weights(parts[weights])
        parts[weights] = parts[weights].where(parts[weights] > 0)
    for column in clusters:
        parts.setdefault(column, table[column])
    rows = pd.DataFrame(parts)
    rows["__position__"] = np.arange(len(table))
    rows = rows.dropna().reset_index(drop=True)
    if rows.empty:
        raise TooFewRowsError(f"None of the {len(table):,} rows is complete in {', '.join(parts)}.")
    return rows


def _check_weights(values: pd.Series) -> None:
    if (values < 0).any():
        raise TableError(
            f"Weights in {values.name!r} are negative in {(values < 0).sum():,} rows, for example "
            f"{values[values < 0].iloc[0]:g}. A survey weight is 0 or more."
        )


def _levels(values: pd.Series, reference: object) -> tuple:
    """The levels met in the rows used, the reference first."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = [v for v in values.cat.categories if (values == v).any()]
    else:
        levels = sorted(values.unique(), key=lambda v: (isinstance(v, str), v))
    if len(levels) == 1:
        raise FitError(
            f"{values.name} has the one value {levels[0]!r} in all {len(values):,} complete rows: nothing to "
            "compare. Leave it out, or look at why the other categories have no complete row."
        )
    if reference is not None and reference not in levels:
        raise LinkError(
            f"reference {reference!r} is not a level of {values.name!r}: {', '.join(map(str, levels))}."
        )
    first = levels[0] if reference is None else reference
    return (first, *(v for v in levels if v != first))


def _outcome(terms, rows: pd.DataFrame, columns: list[str], ordered: bool) -> tuple[np.ndarray, tuple]:
    if ordered:
        values = rows[columns[0]]
        is_categorical = isinstance(values.dtype, pd.CategoricalDtype)
        levels = tuple(values.cat.categories if is_categorical else sorted(values.unique()))
        levels = tuple(v for v in levels if (values == v).any())
        return values.map({level: i for i, level in enumerate(levels)}).to_numpy(dtype="int64"), levels
    built = _build(terms, rows)
    return _finite(np.asarray(built, dtype="float64"), list(built.columns), rows)[:, 0], ()


def _regressors(terms, rows, formula, columns, levels) -> tuple[Recipe, np.ndarray]:
    built = _build(terms, rows)
    outcome = formula.split("~")[0].strip().strip("`")
    recipe = Recipe(formula, outcome, columns, levels, built.model_spec)
    return recipe, _finite(np.asarray(built, dtype="float64"), recipe.names, rows)


def _build(terms, rows: pd.DataFrame):
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            return terms.get_model_matrix(rows, context=FUNCTIONS, na_action="ignore")
    except (FormulaicError, ValueError, NameError) as problem:
        raise LinkError(f"A term of the formula cannot be computed: {problem}") from problem


def _finite(matrix: np.ndarray, names: list[str], rows: pd.DataFrame) -> np.ndarray:
    broken = ~np.isfinite(matrix)
    if broken.any():
        column = int(np.flatnonzero(broken.any(axis=0))[0])
        read = [c for c in rows.columns if c in _names_in(names[column])]
        example = rows.loc[rows.index[broken[:, column]][0], read].to_dict()
        raise TableError(
            f"{names[column]} is not a number in {broken[:, column].sum():,} of {len(rows):,} rows, for example "
            f"where {example}. Choose another transformation, or say which rows the model speaks of."
        )
    return matrix


def _codes(values: pd.Series) -> np.ndarray:
    """Cluster codes 0..G-1 in sorted order of the labels, so that the order of the rows does not matter."""
    try:
        return values.factorize(sort=True)[0]
    except TypeError:  # labels of mixed kinds
        return values.astype(str).factorize(sort=True)[0]


def _as_tuple(names: str | Sequence[str] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
