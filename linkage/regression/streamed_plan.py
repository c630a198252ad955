"""Reading a formula against a relation: what each column is, which rows are complete, which levels there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression.design import category_levels
from linkage.regression.formula import category_columns, check_names, columns_of, evaluate, parse_formula
from linkage.regression.recipe import Recipe
from linkage.regression.streamed_design import DOMAINS, Layout, layout_of, transformed
from linkage.regression.streamed_rows import Rows, as_double, checked_keys, keys_of
from linkage.rows import require_columns
from linkage.tables.quoting import name_sql

TEXT = ("varchar", "enum", "uuid")
NUMBERS = (
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint"),
    *("uinteger", "ubigint", "uhugeint", "float", "double", "decimal"),
)
MOST_LEVELS = 2_000
SAMPLE_ROWS = 64


@dataclass(frozen=True, eq=False)
class Plan:
    """A formula, read against a relation.

    rows : its complete rows. layout : how a block of them becomes regressors. weight : place of the weights
    among rows.numbers, or None. groupings : the columns grouped by (clusters, then the absorbed one); the code of
    the i-th is rows.codes[len(layout.levels) + i].
    """

    rows: Rows
    recipe: Recipe
    layout: Layout
    weight: int | None
    weights: str | None
    cluster: tuple[str, ...]
    absorb: str | None
    n_dropped: int

    @property
    def names(self) -> list[str]:
        return self.recipe.names[1:] if self.absorb else self.recipe.names

    def group_count(self, place: int) -> int:
        return len(self.rows.keys[len(self.layout.levels) + place])

    @property
    def both_place(self) -> int:
        """The grouping by both of two clusters."""
        return len(self.cluster) + (self.absorb is not None)

    @property
    def cluster_counts(self) -> tuple[int, ...]:
        return tuple(self.group_count(i) for i in range(len(self.cluster)))


@dataclass(frozen=True, eq=False)
class Asked:
    """The columns that a formula and the other arguments name, by what they are used for; types : of each."""

    parsed: object
    outcome: list[str]
    columns: list[str]
    categories: list[str]
    cluster: tuple[str, ...]
    absorb: str | None
    weights: str | None
    types: Mapping[str, object]

    @property
    def numbers(self) -> list[str]:
        return list(dict.fromkeys([*(c for c in self.columns if c not in self.categories), *self.outcome]))

    @property
    def weight(self) -> list[str]:
        return [self.weights] if self.weights else []

    @property
    def groupings(self) -> list[str]:
        return [*self.cluster, *([self.absorb] if self.absorb else [])]

    @property
    def group_labels(self) -> list[str]:
        """The groupings as SQL; for two clusters also what belongs to both."""
        labels = [name_sql(column) for column in self.groupings]
        return (
            labels if len(self.cluster) < 2 else [*labels, f"row({', '.join(map(name_sql, self.cluster))})"]
        )


def read_plan(
    relation: duckdb.DuckDBPyRelation,
    formula: str,
    *,
    cluster: tuple[str, ...],
    absorb: str | None,
    weights: str | None,
    reference: Mapping[str, object] | None,
    block_rows: int,
) -> Plan:
    """The plan of a streamed fit. Raises LinkError, TableError or TooFewRowsError as build_design does."""
    asked = _read_names(relation, formula, cluster, absorb, weights)
    _check_known(reference or {}, asked.categories)
    complete = relation.filter(" and ".join(_conditions(asked)))
    total, used = _count_rows(relation, complete, asked)
    found = {
        c: _levels(complete, c, asked.types[c], (reference or {}).get(c), used) for c in asked.categories
    }
    recipe, layout = _recipe(complete, formula, asked, {c: levels for c, (levels, _) in found.items()})
    rows = Rows(
        relation=complete,
        numbers=(*asked.numbers, *asked.weight),
        labels=(*(_label(c, asked.types[c]) for c in found), *asked.group_labels),
        keys=(
            *(keys for _, keys in found.values()),
            *(keys_of(complete, label) for label in asked.group_labels),
        ),
        n_used=used,
        block_rows=block_rows,
    )
    weight = len(asked.numbers) if weights else None
    return Plan(rows, recipe, layout, weight, weights, cluster, absorb, n_dropped=total - used)


def _read_names(relation, formula: str, cluster, absorb, weights) -> Asked:
    parsed, header = parse_formula(formula), _header(relation)
    outcome, columns = columns_of(parsed.lhs, header), columns_of(parsed.rhs, header)
    check_names(parsed, columns)
    types = dict(zip(relation.columns, relation.types, strict=True))
    categories = category_columns(parsed.rhs, header, columns)
    asked = Asked(parsed, outcome, columns, categories, cluster, absorb, weights, types)
    require_columns(header, [*asked.weight, *asked.groupings])
    for column in [*asked.numbers, *asked.weight, *(c for c in categories if types[c].id not in TEXT)]:
        _check_number(column, types[column])
    return asked


def _header(relation: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """The relation without rows: names, and whether they hold words or numbers."""
    pairs = zip(relation.columns, relation.types, strict=True)
    return pd.DataFrame({c: pd.Series(dtype="str" if t.id in TEXT else "float64") for c, t in pairs})


def _check_known(reference: Mapping[str, object], categories: list[str]) -> None:
    unknown = [repr(column) for column in reference if column not in categories]
    if unknown:
        raise LinkError(
            f"reference names {', '.join(unknown)}, which the formula does not use as a category; its categories "
            f"are: {', '.join(categories) or 'none'}."
        )


def _check_number(column: str, kind) -> None:
    if kind.id in TEXT:
        raise TableError(
            f"Column {column!r} holds text where a number is needed. Cast it in the relation, or use it as a "
            "category."
        )
    if kind.id not in NUMBERS:
        raise TableError(
            f"Column {column!r} is of type {kind}, not a number. Turn it into a number with a unit first, such "
            "as tenure_months."
        )


def _label(column: str, kind) -> str:
    """What a category is told apart by; -0 must be the same as 0."""
    return f"cast({name_sql(column)} as varchar)" if kind.id in TEXT else f"({as_double(column)} + 0.0)"


def _conditions(asked: Asked) -> list[str]:
    """What makes a row complete, as SQL; the same for every sum."""
    types, values = asked.types, [*asked.numbers, *asked.categories, *asked.weight]
    parts = [f"{name_sql(c)} is not null" for c in (*values, *asked.groupings)]
    parts += [f"isfinite({name_sql(c)})" for c in values if types[c].id in ("float", "double")]
    parts += [f"not isnan({name_sql(c)})" for c in asked.groupings if types[c].id in ("float", "double")]
    return list(dict.fromkeys([*parts, *(f"{as_double(c)} > 0" for c in asked.weight)]))


def _count_rows(relation, complete, asked: Asked) -> tuple[int, int]:
    """Rows in all, and complete rows; refuses a negative weight, and that there are none."""
    total, used = (part.aggregate("count(*)").fetchall()[0][0] for part in (relation, complete))
    for column in asked.weight:
        below = relation.filter(f"{as_double(column)} < 0")
        count, example = below.aggregate(f"count(*), min({as_double(column)})").fetchall()[0]
        if count:
            raise TableError(
                f"Weights in {column!r} are negative in {count:,} rows, for example {example:g}. A survey weight "
                "is 0 or more."
            )
    if not used:
        named = dict.fromkeys([*asked.columns, *asked.outcome, *asked.weight, *asked.groupings])
        raise TooFewRowsError(f"None of the {total:,} rows is complete in {', '.join(named)}.")
    return total, used


def _levels(relation, column: str, kind, reference: object, used: int) -> tuple[tuple, pd.Index]:
    """The levels of a category, the reference first, and the keys of their codes."""
    label = _label(column, kind)
    found = relation.project(f"{label} as level, hash({label}) as key").distinct().limit(MOST_LEVELS + 1)
    keys = dict(found.fetchall())
    if len(keys) > MOST_LEVELS:
        raise LinkError(
            f"{column!r} has more than {MOST_LEVELS:,} levels. Hold it fixed with absorb={column!r} instead of "
            "a coefficient for each."
        )
    if len(keys) == 1:
        raise FitError(
            f"{column} has the one value {next(iter(keys))!r} in all {used:,} complete rows: nothing to compare. "
            "Leave it out, or look at why the other categories have no complete row."
        )
    if kind.id not in TEXT and all(float(level).is_integer() for level in keys):
        keys = {int(level): key for level, key in keys.items()}
    met = pd.Series(list(keys), name=column, dtype=object)
    if kind.id == "enum":
        met = met.astype(pd.CategoricalDtype(kind.children[0][1]))
    levels = category_levels(met, reference)
    return levels, checked_keys(np.array([keys[level] for level in levels], dtype=np.uint64))


def _recipe(relation, formula: str, asked: Asked, levels: Mapping[str, tuple]) -> tuple[Recipe, Layout]:
    """The regressors as formulaic lays them out on a few rows, and the same from blocks; refuses a difference."""
    _check_domains(relation, asked)
    sample = _sample(relation, asked.numbers, levels)
    x, spec = evaluate(asked.parsed.rhs, sample)
    outcome = formula.split("~")[0].strip(" `")
    recipe = Recipe(formula, outcome, tuple(asked.columns), levels, spec)
    layout = layout_of(asked.parsed.lhs, recipe, asked.numbers, absorb=asked.absorb)
    codes = [sample[c].cat.codes.to_numpy().astype(np.int64) for c in levels]
    built = layout.matrix(sample[asked.numbers].to_numpy().T, codes)
    expected = np.column_stack([x[:, 1:] if asked.absorb else x, evaluate(asked.parsed.lhs, sample)[0]])
    if built.shape != expected.T.shape or not np.allclose(built, expected.T, rtol=1e-12, atol=0):
        raise LinkError(f"{formula!r} cannot be fitted in blocks. Use fit_linear on a DataFrame.")
    return recipe, layout


def _sample(relation, numbers, levels) -> pd.DataFrame:
    asked = [f"{as_double(c)} as {name_sql(c)}" for c in numbers]
    for column, known in levels.items():
        text = isinstance(known[0], str)
        asked.append(f"cast({name_sql(column)} as {'varchar' if text else 'double'}) as {name_sql(column)}")
    sample = relation.limit(SAMPLE_ROWS).project(", ".join(asked)).df()
    for column, known in levels.items():
        sample[column] = pd.Categorical(sample[column].astype(object), categories=list(known))
    return sample


def _check_domains(relation, asked: Asked) -> None:
    """Refuse a logarithm of 0 or less, and whatever else a transformation cannot take."""
    for factor in {f for side in (asked.parsed.lhs, asked.parsed.rhs) for term in side for f in term.factors}:
        function, column = transformed(factor)
        if function in DOMAINS and column in asked.numbers:
            broken = relation.filter(f"not ({as_double(column)} {DOMAINS[function]})")
            count, example = broken.aggregate(f"count(*), min({as_double(column)})").fetchall()[0]
            if count:
                raise TableError(
                    f"{factor.expr} is not a number in {count:,} rows, for example where {column} = {example:g}. "
                    "Choose another transformation, or say which rows the model speaks of."
                )
