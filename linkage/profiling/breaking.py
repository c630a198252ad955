"""What breaks a link: why its data cannot answer it, and what would be needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.catalogue import missing_roles
from linkage.errors import LinkageError, PeriodError
from linkage.grains import cluster_of
from linkage.limits.fewest import FEWEST_SIGNED
from linkage.linking.link_rows import link_rows_sql
from linkage.profiling.problem import BREAKS, Problem, share_of
from linkage.profiling.text import counted
from linkage.sentences import NOUNS, groups
from linkage.study_file.declaration import ChangeBetween, LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


@dataclass(frozen=True)
class Broken:
    """Why a link cannot be answered. columns : those to blame, if any. rows, whole : affected, of how many."""

    link: str
    says: str
    what: str
    columns: tuple[str, ...] = ()
    rows: int = 0
    whole: int = 0

    def __str__(self) -> str:
        return f"{self.link} {self.says}"

    def problem(self) -> Problem:
        """The same as a row of the problems; its source is the link."""
        share = share_of(self.rows, self.whole)
        return Problem(
            self.link, ", ".join(self.columns), self.what, self.rows, share, BREAKS, f"It {self.says}."
        )


def broken_links(opened: OpenStudy) -> Iterator[Broken]:
    """The declared links that the data cannot answer, each with the first reason."""
    closed = _is_any_period_closed(opened)
    for link in opened.study.links.values():
        found = _of_sources(opened, link) or _of_window(opened, link, closed) or _of_table(opened, link)
        found = found or _of_rows(opened, link)
        if found:
            yield found


def _of_sources(opened: OpenStudy, link: LinkSpec) -> Broken | None:
    lacking = missing_roles(opened.study, link.grain)
    if lacking:
        return Broken(link.name, f"needs a source of {' and '.join(lacking)}", "no source")
    return None


def _of_window(opened: OpenStudy, link: LinkSpec, closed: bool) -> Broken | None:
    """Money after an answer is known once its window has closed; where that is so in no period, nothing is."""
    if closed or not link.outcome.endswith("_after") or not opened.study.source_of("transactions"):
        return None
    first, last = (
        opened.connection.execute(f"select cast({end} as date) from {table}").fetchall()[0][0]
        for end, table in (("min(answered_at)", "event_answer"), ("max(purchased_at)", "event_purchase"))
    )
    if first is None or last is None:
        return None
    days = opened.study.declared.windows.after
    says = (
        f"waits for its outcome's window of {days} days to close: answers begin on {first}, purchases end on {last}, "
        "and in no period of answers all windows are closed; it needs later purchases or a shorter windows.after"
    )
    return Broken(link.name, says, "window not closed", (link.outcome,))


def _is_any_period_closed(opened: OpenStudy) -> bool:
    try:
        return bool(opened.last_complete_period)
    except PeriodError:
        return False


def _named(link: LinkSpec) -> list[str]:
    """The columns a row needs to be used, each once; of a lagged link `<outcome>_now` is one."""
    weights = [link.weights] if link.weights else []
    return list(dict.fromkeys([link.outcome, *link.drivers, *link.controls, *weights]))


def _of_table(opened: OpenStudy, link: LinkSpec) -> Broken | None:
    """A column that the linkage table lacks, or that no row of it fills."""
    table = f"link_{link.grain}"
    named = [c for c in _named(link) if c != f"{link.outcome}_now"]
    there = [c for c in named if c in opened.connection.table(table).columns]
    counted = ", ".join(["count(*)", *(f"count({c})" for c in there)])
    rows, *filled = opened.connection.execute(f"select {counted} from {table}").fetchall()[0]
    full = {c for c, n in zip(there, filled, strict=True) if n}
    empty = tuple(sorted(set(named) - full))
    if empty:
        return Broken(link.name, f"finds no value of {', '.join(empty)}", "no value", empty, rows, rows)
    return None


def _of_rows(opened: OpenStudy, link: LinkSpec) -> Broken | None:
    """What the rows a link speaks of lack: any, complete ones, enough, values that differ, clusters."""
    try:
        rows = _count_rows(opened, link)
    except LinkageError as error:
        return Broken(link.name, f"cannot be asked: {str(error).rstrip('.')}", "cannot be asked")
    return (
        _of_nothing(link, rows)
        or _of_too_few(link, rows)
        or _of_equal_values(link, rows)
        or _of_clusters(link, rows)
    )


@dataclass(frozen=True)
class _Rows:
    """A link's rows, counted. filled : by column. flat : columns with one value in all complete rows.
    coefficients : how many a fit would have. clusters : among complete rows."""

    whole: int
    complete: int
    clusters: int
    filled: dict[str, int]
    flat: tuple[str, ...]
    coefficients: int


def _count_rows(opened: OpenStudy, link: LinkSpec) -> _Rows:
    named, cluster = _named(link), cluster_of(link)
    kinds = opened.study.columns[link.grain]
    categories = [
        c for c in (*link.drivers, *link.controls) if c in kinds and kinds[c].kind not in ("number", "flag")
    ]
    complete = " and ".join(f"{c} is not null" for c in dict.fromkeys([*named, cluster]))
    parts = ["count(*)", f"count(*) filter ({complete})", f"count(distinct {cluster}) filter ({complete})"]
    parts += [f"count({c})" for c in named]
    parts += [
        f"min({c}) filter ({complete}) is not distinct from max({c}) filter ({complete})" for c in named
    ]
    parts += [f"count(distinct {c}) filter ({complete})" for c in categories]
    sql = f"select {', '.join(parts)} from ({link_rows_sql(opened, link)})"
    whole, used, clusters, *rest = opened.connection.execute(sql).fetchall()[0]
    filled, flat, levels = rest[: len(named)], rest[len(named) : 2 * len(named)], rest[2 * len(named) :]
    varying = [c for c, is_flat in zip(named, flat, strict=True) if is_flat and c != link.weights]
    numeric = len({*link.drivers, *link.controls} - set(categories))
    return _Rows(
        whole,
        used,
        clusters,
        dict(zip(named, filled, strict=True)),
        tuple(varying),
        1 + numeric + sum(max(0, n - 1) for n in levels),
    )


def _of_nothing(link: LinkSpec, rows: _Rows) -> Broken | None:
    if rows.complete:
        return None
    noun = NOUNS[link.grain]
    met = " and ".join(f"{column} is {value}" for column, value in link.where.items())
    empty = tuple(c for c, n in rows.filled.items() if not n)
    if not rows.whole:
        says = f"finds no {noun} where {met}" if met else f"finds no {noun}{_of_time(link)}"
    elif empty:
        says = f"finds no value of {', '.join(empty)} in its {rows.whole:,} {noun}{_of_time(link)}"
    else:
        counts = ", ".join(f"{c} in {n:,}" for c, n in rows.filled.items())
        says = f"has no complete row: of {rows.whole:,} {noun} none has all of its columns ({counts})"
    return Broken(
        link.name, f"{says}; it needs {_needs(link)}", "no complete row", empty, rows.whole, rows.whole
    )


def _of_time(link: LinkSpec) -> str:
    if isinstance(link.change, ChangeBetween):
        return f" in {' and '.join(dict.fromkeys((*link.change.drivers, *link.change.outcome)))}"
    words = [f"its outcome {link.lag} periods later"] if link.lag else []
    words += [f"a change over {link.change} periods"] if link.change else []
    return f" with {' and '.join(words)}" if words else ""


def _needs(link: LinkSpec) -> str:
    if isinstance(link.change, ChangeBetween):
        return "values of the same units in all of these periods"
    periods = link.lag + (link.change or 0)
    if periods:
        return f"values of the same {NOUNS[link.grain].split()[0]} at least {periods} periods apart"
    return "rows in which outcome, drivers and controls are all filled"


def _of_equal_values(link: LinkSpec, rows: _Rows) -> Broken | None:
    if not rows.flat:
        return None
    role = {link.outcome: "outcome"} | dict.fromkeys(link.drivers, "driver")
    what = "constant " + role.get(rows.flat[0], "control")
    says = (
        f"finds one and the same value of {', '.join(rows.flat)} in all {rows.complete:,} complete rows; it needs "
        f"rows that differ in {'it' if len(rows.flat) == 1 else 'them'}"
    )
    says += "" if role.get(rows.flat[0]) else ", or to do without that control"
    return Broken(link.name, says, what, rows.flat, rows.complete, rows.whole)


def _of_too_few(link: LinkSpec, rows: _Rows) -> Broken | None:
    if rows.complete > rows.coefficients:
        return None
    says = (
        f"has {counted(rows.complete, 'complete row')} for {counted(rows.coefficients, 'coefficient')}; it needs "
        "more rows that are complete, or fewer terms"
    )
    return Broken(link.name, says, "too few rows", (), rows.complete, rows.whole)


def _of_clusters(link: LinkSpec, rows: _Rows) -> Broken | None:
    if rows.clusters >= FEWEST_SIGNED:
        return None
    says = (
        f"rests on {groups(rows.clusters, cluster_of(link))} ({cluster_of(link)}); it needs at least "
        f"{FEWEST_SIGNED} for any p-value below 0.05"
    )
    return Broken(link.name, says, "too few clusters", (cluster_of(link),), rows.complete, rows.whole)
