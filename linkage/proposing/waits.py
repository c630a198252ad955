"""Waits counted from one time of a contact until another: first answer, resolution, delay beyond a promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.proposing.expressions import moment_sql, special_sql
from linkage.proposing.meaning import names_a_call, names_a_stay, times_of
from linkage.proposing.measured import MetricGuess
from linkage.proposing.measures import OPERATIONS

if TYPE_CHECKING:
    from linkage.proposing.columns import Look
    from linkage.proposing.parts import Mapped, Part

BESIDE = ("first_response_at", "promised_at")
"""Times of a contact that are no columns of the suite: they are carried along to be counted from."""

WAITS = (
    ("first_response", "started_at", "first_response_at", "Time to first response", "wait"),
    ("resolution", "started_at", "ended_at", "Time to resolution", "resolution"),
    ("resolution", "first_response_at", "ended_at", "Time from first response to resolution", "resolution"),
)
"""Name, from when, until when, label, and the measure whose own column makes counting needless."""


def times_beside(part: Part, made: type[Mapped]) -> list[Mapped]:
    """The times of the table by which waits can be counted, beyond those the role knows."""
    found: list[Mapped] = []
    taken = {*part.taken}
    for ours in BESIDE:
        look = next((d for d in part.facts.dates if ours in times_of(d.name) and d.name not in taken), None)
        if look:
            taken.add(look.name)
            sql = special_sql(look, part.facts.looks.signs)
            found.append(made(ours, look.name, "a time to count from or until", sql, attribute=True))
    return found


def waits_of(part: Part) -> list[MetricGuess]:
    """The waits between the times a part has, where no column says them already."""
    said = {m.measure for m in part.metrics}
    found = []
    for name, start, end, label, measure in WAITS:
        times = [part.look(part.mapped[t]) for t in (start, end) if t in part.mapped]
        known = {measure} | ({"handle"} if measure == "resolution" else set())
        if len(times) == 2 and None not in times and not known & said and times[0] is not times[1]:
            if name == "resolution" and "purchased_at" in times_of(times[0].name):
                name, label = "delivery", "Time to delivery"
            if name == "first_response" and names_a_call(times[1].name):
                name, label = "waiting", "Waiting time"
            if name == "resolution" and names_a_stay(times[0].name):
                name, label, measure = "stay", "Length of stay", ""
            found.append(_wait(name, (start, end), label, measure, times))
            said.add(measure)
    return [*found, *_delay(part, said)]


def _delay(part: Part, said: set[str]) -> list[MetricGuess]:
    """Days beyond a promise, none where it was kept: a span would have no place for those who came early."""
    promised, ended = (
        (part.look(part.mapped[t]) for t in ("promised_at", "ended_at"))
        if ({"promised_at", "ended_at"} <= set(part.mapped))
        else (None, None)
    )
    if promised is None or ended is None or "delay" in said:
        return []
    days = ", ".join(f"cast({moment_sql(look)} as date)" for look in (promised, ended))
    return [
        MetricGuess(
            name="days_late",
            theirs=ended.name,
            kind="number",
            label="Delay beyond the promise",
            unit="day",
            family=OPERATIONS,
            measure="delay",
            better="lower",
            why=f"days from {promised.name!r} until {ended.name!r}, 0 where that was kept",
            made=f"case when date_diff('day', {days}) < 0 then 0 else date_diff('day', {days}) end",
        )
    ]


def _wait(name: str, span: tuple[str, str], label: str, measure: str, times: list[Look]) -> MetricGuess:
    clocked = name not in ("delivery", "stay") and all(t.kind != "date" for t in times)
    unit = ("minute" if name == "waiting" else "hour") if clocked else "day"
    return MetricGuess(
        name=f"{name}_{unit}s",
        theirs="",
        kind="number",
        label=label,
        unit=unit,
        family=OPERATIONS,
        measure=measure,
        better="lower" if measure else "higher",
        why=f"counted from {times[0].name!r} until {times[1].name!r}",
        span=span,
    )
