"""A question of a table too large for memory: fitted where it lies, its rows streamed in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage import checks as battery
from linkage.cards.card import LinkCard
from linkage.catalogue import LinkageColumn
from linkage.checks import NOT_ASSESSED, Check
from linkage.linking.clock import Clock
from linkage.linking.fitting import formula_of, refuse_untold
from linkage.linking.judging import finished_card
from linkage.linking.large_level import at_level_above
from linkage.linking.link_checks import driver_checks
from linkage.linking.link_estimates import estimates_of
from linkage.refuting.rounds import TITLES
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import duckdb

LARGE = 300_000
"""Rows from which streaming is quicker than holding them (bench/fits.py), and memory begins to matter."""


def is_large(relation: duckdb.DuckDBPyRelation) -> bool:
    return relation.count("*").fetchall()[0][0] >= LARGE


def large_card(
    relation: duckdb.DuckDBPyRelation,
    spec: LinkSpec,
    *,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    confidence: float,
) -> LinkCard:
    """The card of a link on a relation of any size; the same estimates as in memory, to nine digits.

    The attacks that need the rows in memory are not assessed, and say so. Raises what fit_streamed raises.
    """
    from linkage.regression import fit_streamed

    relation, spec, why = at_level_above(relation, spec)
    how = {"cluster": spec.cluster, "confidence": confidence}
    fit = fit_streamed(relation, formula_of(spec), drivers=spec.drivers, **how)
    refuse_untold(fit, [t for d in spec.drivers for t in fit.recipe.terms_of(d)], spec.cluster)
    used = relation.filter(_complete(relation, spec))
    raw = {d: fit_streamed(used, f"{spec.outcome} ~ {d}", **how) for d in spec.drivers}
    alone = (
        raw[spec.drivers[0]]
        if len(spec.drivers) == 1
        else fit_streamed(used, formula_of(spec, controls=False))
    )
    estimates = estimates_of(fit, raw, spec, confidence, _quartiles(used, spec))
    counts = _counts(relation, spec)
    made = [
        battery.check_order(clock.order, clock.words),
        battery.check_records(None),
        battery.check_leak(alone.r_squared),
        battery.check_clusters(fit.clusters if isinstance(fit.clusters, int) else None, spec.cluster, why),
        battery.check_complete(counts.pop(""), fit.n_used),
        *driver_checks(fit, estimates, spec),
        *(Check(name, NOT_ASSESSED, None, None, _TOO_MANY) for name in TITLES.values()),
    ]
    return finished_card(
        spec, fit, estimates, made, missing=counts, columns=columns, clock=clock, span=_span(used),
        exploratory=True, rows_sql=relation.sql_query(),
    )  # fmt: skip


_TOO_MANY = "The rows are too many to be attacked in memory: ask the same question of a part of them."


def _has(relation: duckdb.DuckDBPyRelation, column: str) -> str:
    """The condition that a column holds a value a fit can use."""
    kind = str(relation.types[relation.columns.index(column)])
    known = f'"{column}" is not null'
    return f'{known} and isfinite("{column}")' if kind in ("FLOAT", "DOUBLE") else known


def _quartiles(relation: duckdb.DuckDBPyRelation, spec: LinkSpec) -> dict[str, tuple[float, float]]:
    """The 25th and 75th percentile of every driver that is a number."""
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    numbers = [d for d in spec.drivers if kinds[d] not in ("VARCHAR", "BOOLEAN") and "ENUM" not in kinds[d]]
    parts = [f'quantile_cont(cast("{d}" as double), [0.25, 0.75])' for d in numbers]
    return (
        dict(zip(numbers, map(tuple, relation.aggregate(", ".join(parts)).fetchall()[0]), strict=True))
        if parts
        else {}
    )


def _complete(relation: duckdb.DuckDBPyRelation, spec: LinkSpec) -> str:
    named = dict.fromkeys(
        [spec.outcome, *spec.drivers, *spec.controls, *([spec.cluster] if spec.cluster else [])]
    )
    return " and ".join(_has(relation, column) for column in named)


def _counts(relation: duckdb.DuckDBPyRelation, spec: LinkSpec) -> dict[str, int]:
    """Rows lacking each column, and under "" the rows that have the outcome and every driver."""
    named = [spec.outcome, *spec.drivers, *spec.controls]
    asked = " and ".join(_has(relation, c) for c in (spec.outcome, *spec.drivers))
    parts = [
        f"count(*) filter (where {asked})",
        *(f"count(*) filter (where not ({_has(relation, c)}))" for c in named),
    ]
    values = relation.aggregate(", ".join(parts)).fetchall()[0]
    return dict(zip(["", *named], values, strict=True))


def _span(relation: duckdb.DuckDBPyRelation) -> str:
    if "period" not in relation.columns:
        return "all rows"
    first, last = relation.aggregate("min(period), max(period)").fetchall()[0]
    return "all rows" if first is None else str(first) if first == last else f"{first} to {last}"
