"""What looks wrong in the dates: the wrong order, far away, after the data end, before joining, after leaving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from linkage.profiling.coverage import Coverage
from linkage.profiling.problem import FINE, LOOK, Problem, share_of
from linkage.profiling.scanning import DAYS, Scan
from linkage.profiling.staged import EVENT_TIMES, Staged
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    import duckdb

    from linkage.opening import OpenStudy
    from linkage.study import Study

TURNED, STRAY, GAP, FUTURE = (
    "end before begin",
    "far from the study",
    "months without a row",
    "after the data end",
)
BEFORE, AFTER = "before joining", "after leaving"
ASKED_LATER = "answered before asked"

PLANNED = ("left_on", "valid_to")
"""Dates that may be known before they come; so may those of attributes, such as a promise."""

CANONICAL = {"feedback": "event_answer", "interactions": "event_contact", "transactions": "event_purchase"}
"""By role, the table whose customers are the ones we use ourselves."""

BELONGING = (
    ("customers", "customer_id", "joined_on", "left_on"),
    ("employees", "employee_id", "hired_on", "left_on"),
)


def timing_problems(
    opened: OpenStudy, scans: Sequence[Scan], coverages: Sequence[Coverage], days: tuple[date, date] | None
) -> Iterator[Problem]:
    """Problems of the dates of all sources. days : the first and last on which anything happened."""
    for scan in scans:
        yield from _of_order(scan)
        if days:
            yield from _of_future(opened, scan, days[1])
    rows = {scan.staged.source: scan.rows for scan in scans}
    for coverage in coverages:
        yield from _of_calendar(coverage, rows[coverage.source])
    by_role = {scan.staged.role: scan for scan in scans}
    yield from _of_invitations(opened.connection, by_role)
    for scan in scans:
        yield from _of_belonging(opened, scan, by_role)


def _of_order(scan: Scan) -> Iterator[Problem]:
    for (begin, end), (found, example) in scan.turned.items():
        if found:
            advice = f"{end} lies before {begin}: are the two columns exchanged, or written in different time zones?"
            share = share_of(found, scan.rows)
            yield Problem(scan.staged.source, end, TURNED, found, share, LOOK, advice, example=example)


def _of_future(opened: OpenStudy, scan: Scan, last: date) -> Iterator[Problem]:
    staged, own = scan.staged, EVENT_TIMES.get(scan.staged.role, ())
    for name, counted in scan.columns.items():
        # A row that happened far away is told of as a stray.
        if counted.column.kind not in DAYS or counted.high is None or counted.high <= last or name in own:
            continue
        when = f"{staged.day_sql(counted.column)} > date {text_sql(last.isoformat())}"
        found, example = _count(opened.connection, staged, when)
        severity, words = _severity(opened.study, staged, name)
        share, advice = share_of(found, scan.rows), f"The data end on {last}. {words}"
        yield Problem(staged.source, name, FUTURE, found, share, severity, advice, example=example)


def _severity(study: Study, staged: Staged, name: str) -> tuple[str, str]:
    """How grave a date after the data end is, and what it says."""
    if name in {m.recorded for m in study.metrics_of(staged.source)}:
        return LOOK, "What was written down later knows what came before: a link that uses it may look ahead."
    if name in ROLES[staged.role].columns and name not in PLANNED:
        return LOOK, "What is later cannot have happened yet: look at the year."
    return FINE, "What is later is a plan, a promise or a slip."


def _count(connection: duckdb.DuckDBPyConnection, staged: Staged, when: str) -> tuple[int, str | None]:
    return connection.execute(
        f"select count(*), min({staged.key_sql}) from {staged.table} where {when}"
    ).fetchall()[0]


def _of_calendar(coverage: Coverage, rows: int) -> Iterator[Problem]:
    if coverage.strays:
        found = sum(n for _, n in coverage.strays)
        months = _first_few([f"{month:%Y-%m}" for month, _ in coverage.strays])
        advice = (
            f"Rows of {months}, all others from {coverage.first_on} to {coverage.last_on}: they stretch the calendar "
            "of every panel. Correct the dates, or list what stands for no date under 'missing'."
        )
        yield Problem(coverage.source, "", STRAY, found, share_of(found, rows), LOOK, advice)
    if coverage.gaps:
        months = _first_few([f"{month:%Y-%m}" for month in coverage.gaps])
        advice = f"No row in {months}, and some in nearly every other month: is a file missing?"
        yield Problem(coverage.source, "", GAP, 0, 0.0, LOOK, advice)


def _first_few(words: Sequence[str], most: int = 6) -> str:
    """The first words and how many more there are: a long list of months would hide what it is about."""
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def _of_invitations(connection: duckdb.DuckDBPyConnection, by_role: dict[str, Scan]) -> Iterator[Problem]:
    asked, answered = by_role.get("invitations"), by_role.get("feedback")
    if not asked or not answered or "response_id" not in asked.columns:
        return
    found, example = connection.execute(
        f"select count(*), min(asked.{name_sql('invitation_id')}) from {asked.staged.table} as asked "
        f"inner join {answered.staged.table} as answered on answered.response_id = asked.response_id "
        "where answered.answered_at < asked.invited_at"
    ).fetchall()[0]
    if found:
        advice = (
            "The answer is older than its invitation: are they matched by the right key, in one time zone?"
        )
        share = share_of(found, asked.rows)
        yield Problem(
            asked.staged.source, "invited_at", ASKED_LATER, found, share, LOOK, advice, example=example
        )


def _of_belonging(opened: OpenStudy, scan: Scan, by_role: dict[str, Scan]) -> Iterator[Problem]:
    """Events of somebody who had not joined yet, or had left."""
    for role, key, joined, left in BELONGING:
        owner = by_role.get(role)
        if owner is None or key not in scan.columns or scan.staged.happened_sql is None:
            continue
        found = _count_beyond(opened.connection, scan.staged, owner, key, joined, left)
        for column, what, (rows, example) in ((joined, BEFORE, found[:2]), (left, AFTER, found[2:])):
            if rows:
                advice = (
                    f"They happened {what.split()[0]} {column} of {owner.staged.source}. Look at that date, or "
                    "whether a key was given to somebody new."
                )
                share = share_of(rows, scan.rows)
                yield Problem(scan.staged.source, key, what, rows, share, LOOK, advice, example=example)


def _count_beyond(
    connection: duckdb.DuckDBPyConnection, staged: Staged, owner: Scan, key: str, joined: str, left: str
) -> tuple:
    """Rows that ended before joining, and one's key; rows that began after leaving, and one's key."""
    # Customers go by the number we use ourselves only in the event tables, after `identities` had its say.
    table = CANONICAL.get(staged.role, staged.table) if key == "customer_id" else staged.table
    times, by = EVENT_TIMES[staged.role], staged.keys[0]
    ended, began = (
        f"cast({staged.clock.local(f'coalesce({order})')} as date)"
        for order in (", ".join(times), ", ".join(reversed(times)))
    )
    before, after = f"events.ended_on < people.{joined}", f"events.began_on > people.{left}"
    return connection.execute(
        f"select count(*) filter ({before}), min(events.{by}) filter ({before}), "
        f"count(*) filter ({after}), min(events.{by}) filter ({after}) "
        f"from (select {by}, {key}, {ended} as ended_on, {began} as began_on from {table}) as events "
        f"inner join {owner.staged.table} as people on people.{key} = events.{key} where {before} or {after}"
    ).fetchall()[0]
