"""Reading a formula against a relation: what each column is, which rows are complete, which levels there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.regression.design import category_levels
from linkage.regression.formula import category_columns, columns_of, columns_read, evaluate, parse_formula
from linkage.regression.recipe import Recipe
from linkage.regression.streamed_design import DOMAINS, Layout, layout_of
from linkage.regression.streamed_rows import Rows, as_double, checked_keys, keys_of, quoted
from linkage.rows import require_columns

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


def read_plan(
    relation: duckdb.DuckDBPyRelation,
    formula: str,
    *,
    cluster: Sequence[str],
    absorb: str | None,
    weights: str | None,
    reference: Mapping[str, object] | None,
    block_rows: int,
) -> Plan:
    """The plan of a streamed fit. Raises LinkError, TableError or TooFewRowsError as build_design does."""
    parsed, header, reference = parse_formula(formula), _header(relation), reference or {}
    outcome, columns = columns_of(parsed.lhs, header), columns_of(parsed.rhs, header)
    categories = category_columns(parsed.rhs, header, columns)
    _check_known(reference, categories)
    require_columns(header, [*cluster, *([weights] if weights else []), *([absorb] if absorb else [])])
    numbers = list(dict.fromkeys([*(c for c in columns if c not in categories), *outcome]))
    types = dict(zip(relation.columns, relation.types, strict=True))
    for column in [*numbers, *([weights] if weights else [])]:
        _check_number(column, types[column])
    groupings = [*cluster, *([absorb] if absorb else [])]
    complete = relation.filter(" and ".join(_conditions(numbers, categories, groupings, weights, types)))
    total, used = _count_rows(relation, complete, weights)
    if not used:
        named = ", ".join(dict.fromkeys([*columns, *outcome, *([weights] if weights else []), *groupings]))
        raise TooFewRowsError(f"None of the {total:,} rows is complete in {named}.")
    levels, level_keys = {}, []
    for column in categories:
        levels[column], keys = _levels(complete, column, types[column], reference.get(column), used)
        level_keys.append(keys)
    recipe, layout = _recipe(complete, formula, parsed, columns, numbers, levels, absorb)
    labels = [_label(c, types[c]) for c in categories]
    group_labels = [quoted(c) for c in groupings]
    if len(cluster) == 2:  # what belongs to both, for two-way errors
        group_labels.append(f"row({quoted(cluster[0])}, {quoted(cluster[1])})")
    read = [*numbers, *([weights] if weights else [])]
    rows = Rows(
        relation=complete,
        numbers=tuple(read),
        labels=(*labels, *group_labels),
        keys=(*level_keys, *(keys_of(complete, label) for label in group_labels)),
        n_used=used,
        block_rows=block_rows,
    )
    return Plan(
        rows=rows,
        recipe=recipe,
        layout=layout,
        weight=len(numbers) if weights else None,
        weights=weights,
        cluster=tuple(cluster),
        absorb=absorb,
        n_dropped=total - used,
    )


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
    if kind.id in TEXT:
        return f"cast({quoted(column)} as varchar)"
    _check_number(column, kind)
    return f"({as_double(column)} + 0.0)"  # -0 must have the key of 0


def _conditions(numbers, categories, groupings, weights, types) -> list[str]:
    """What makes a row complete, as SQL; the same for every sum."""
    values = [*numbers, *(c for c in categories if types[c].id not in TEXT), *([weights] if weights else [])]
    for column in values:
        _check_number(column, types[column])
    parts = [f"{quoted(c)} is not null" for c in (*values, *categories, *groupings)]
    parts += [f"isfinite({quoted(c)})" for c in values if types[c].id in ("float", "double")]
    parts += [f"not isnan({quoted(c)})" for c in groupings if types[c].id in ("float", "double")]
    return list(dict.fromkeys([*parts, *([f"{as_double(weights)} > 0"] if weights else [])]))


def _count_rows(relation, complete, weights: str | None) -> tuple[int, int]:
    """Rows in all, and complete rows; refuses a negative weight."""
    total, used = (part.aggregate("count(*)").fetchall()[0][0] for part in (relation, complete))
    if weights:
        below = relation.filter(f"{as_double(weights)} < 0")
        count, example = below.aggregate(f"count(*), min({as_double(weights)})").fetchall()[0]
        if count:
            raise TableError(
                f"Weights in {weights!r} are negative in {count:,} rows, for example {example:g}. A survey weight "
                "is 0 or more."
            )
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


def _recipe(relation, formula, parsed, columns, numbers, levels, absorb) -> tuple[Recipe, Layout]:
    """The regressors as formulaic lays them out on a few rows, and the same from blocks; refuses a difference."""
    _check_domains(relation, parsed, numbers)
    sample = _sample(relation, numbers, levels)
    x, spec = evaluate(parsed.rhs, sample)
    outcome = formula.split("~")[0].strip(" `")
    recipe = Recipe(formula, outcome, tuple(columns), levels, spec)
    layout = layout_of(parsed.lhs, recipe, numbers, absorb=absorb)
    codes = [sample[c].cat.codes.to_numpy().astype(np.int64) for c in levels]
    built = layout.matrix(sample[numbers].to_numpy().T, codes)
    expected = np.column_stack([x[:, 1:] if absorb else x, evaluate(parsed.lhs, sample)[0]])
    if built.shape != expected.T.shape or not np.allclose(built, expected.T, rtol=1e-12, atol=0):
        raise LinkError(f"{formula!r} cannot be fitted in blocks. Use fit_linear on a DataFrame.")
    return recipe, layout


def _sample(relation, numbers, levels) -> pd.DataFrame:
    asked = [f"{as_double(c)} as {quoted(c)}" for c in numbers]
    for column, known in levels.items():
        text = isinstance(known[0], str)
        asked.append(f"cast({quoted(column)} as {'varchar' if text else 'double'}) as {quoted(column)}")
    sample = relation.limit(SAMPLE_ROWS).project(", ".join(asked)).df()
    for column, known in levels.items():
        sample[column] = pd.Categorical(sample[column].astype(object), categories=list(known))
    return sample


def _check_domains(relation, parsed, numbers) -> None:
    """Refuse a logarithm of 0 or less, and whatever else a transformation cannot take."""
    for factor in {f for side in (parsed.lhs, parsed.rhs) for term in side for f in term.factors}:
        function, column = transformed(factor)
        if function in DOMAINS and column in numbers:
            broken = relation.filter(f"not ({as_double(column)} {DOMAINS[function]})")
            count, example = broken.aggregate(f"count(*), min({as_double(column)})").fetchall()[0]
            if count:
                raise TableError(
                    f"{factor.expr} is not a number in {count:,} rows, for example where {column} = {example:g}. "
                    "Choose another transformation, or say which rows the model speaks of."
                )


def transformed(factor) -> tuple[str | None, str | None]:
    """A factor as (function, column): (None, "nps"), ("C", "wave"), ("log", "spend"); refuses any other."""
    kind = factor.eval_method.value
    if kind == "literal":
        return None, None
    if kind == "lookup":
        return None, factor.expr
    found = re.fullmatch(r"(\w+)\(\s*(`[^`]+`|\w+)\s*\)", factor.expr)
    if found and found.group(1) in ("C", *DOMAINS) and len(columns_read(factor)) == 1:
        return found.group(1), found.group(2).strip("`")
    raise LinkError(
        f"{factor.expr!r} cannot be fitted in blocks: a large relation takes numbers, categories, C(x), a:b and "
        f"{', '.join(f'{name}(x)' for name in DOMAINS)}. Compute it as a column of the relation, or use fit_linear "
        "on a DataFrame."
    )
