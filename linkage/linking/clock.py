"""Which came first: the windows of a link's drivers and outcome, and whether they may be linked so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from linkage.errors import LinkError
from linkage.study_file.declaration import ChangeBetween, LinkSpec

if TYPE_CHECKING:
    from linkage.study import Study

_ORDER = {"fixed": 0, "before": 1, "at": 2, "after": 3}

AFTER, SAME = "after", "same time"


@dataclass(frozen=True)
class Clock:
    """When drivers and outcome were measured.

    order : "after" when the outcome's window opens only after every driver's has closed, else "same time".
    words : the windows in plain words, for the card.
    """

    order: str
    words: str


def refuse_wrong_order(study: Study, link: LinkSpec) -> None:
    """Raise LinkError where a link's outcome was measured before its drivers."""
    clock_of(study, link)


def clock_of(study: Study, link: LinkSpec) -> Clock:
    """The order of time in a declared link.

    Raises LinkError where an outcome's window ends before a driver's begins.
    """
    if link.grain in ("interaction", "survey"):
        return _event_clock(study, link)
    return _period_clock(study, link)


def _event_clock(study: Study, link: LinkSpec) -> Clock:
    columns = study.columns[link.grain]
    outcome = columns[link.outcome]
    parts = (("driver", link.drivers, "Swap them"), ("control", link.controls, "Leave it out"))
    for what, names, remedy in parts:
        for name in names:
            if _ORDER[outcome.moment] < _ORDER[columns[name].moment]:
                raise LinkError(
                    f"the outcome {link.outcome} ({_moment(study, outcome.moment)}) comes before its {what} {name} "
                    f"({_moment(study, columns[name].moment)}). {remedy}, or take an outcome from the window after."
                )
    if outcome.moment == "after" and any(columns[d].moment == "after" for d in link.drivers):
        return Clock(SAME, f"drivers and outcome in the {study.declared.windows.after} days after the answer")
    if outcome.moment == "after":
        return Clock(AFTER, f"outcome in the {study.declared.windows.after} days after the answer")
    if set(link.drivers) <= set(study.declared.interventions) and _opens_in_period(link, outcome.moment):
        return Clock(AFTER, f"introduced before the {study.declared.period} of the outcome")
    if link.grain == "interaction":
        return Clock(SAME, "the contact and the answer to it")
    return Clock(SAME, f"drivers up to {study.declared.windows.before} days before or at the answer")


def _opens_in_period(link: LinkSpec, moment: str) -> bool:
    """Whether an outcome is of the row's own period: a survey's look-back may begin in the period before."""
    return moment == "at" or link.grain == "interaction"


def _moment(study: Study, moment: str) -> str:
    windows = study.declared.windows
    return {
        "fixed": "known beforehand",
        "before": f"the {windows.before} days before the answer",
        "at": "the answer itself",
        "after": f"the {windows.after} days after the answer",
    }[moment]


def _period_clock(study: Study, link: LinkSpec) -> Clock:
    _refuse_settled(study, link)
    clock = _clock_by_windows(study, link)
    doubt = _older_than_its_period(study, link)
    if doubt and clock.order == AFTER:
        return Clock(SAME, f"{clock.words}; but {doubt}")
    return clock


def _clock_by_windows(study: Study, link: LinkSpec) -> Clock:
    if isinstance(link.change, ChangeBetween):
        return _change_clock(study, link, link.change)
    kind = study.declared.period
    fixed = _covered(study, link)
    if fixed:
        return fixed
    change = "" if link.change is None else f"changes over {_count(link.change, kind)}, "
    if link.lag:
        # A change of the outcome starts `change` periods before its end: it must start after the drivers' last period.
        order = AFTER if link.change is None or link.lag > link.change else SAME
        return Clock(order, f"{change}outcome {_count(link.lag, kind)} after the drivers")
    if all(study.columns[link.grain][d].moment == "before" for d in link.drivers):
        return Clock(AFTER, f"{change}drivers settled before the {kind} of the outcome")
    return Clock(SAME, f"{change}drivers and outcome in the same {kind}")


def _refuse_settled(study: Study, link: LinkSpec) -> None:
    """Refuse an outcome that was settled before its drivers' period, whatever the lag says."""
    columns = study.columns[link.grain]
    outcome = columns[link.outcome]
    for name in link.drivers:
        driver = columns[name]
        beforehand = outcome.moment == "fixed" != driver.moment
        settled = (
            outcome.moment == "before" and driver.moment == "at" and not link.lag and link.change is None
        )
        if beforehand or settled:
            said = "known beforehand" if beforehand else f"settled before the {study.declared.period} begins"
            raise LinkError(
                f"the outcome {link.outcome} ({said}) comes before its driver {name} (measured in the "
                f"{study.declared.period}). Swap them, or choose an outcome that can follow."
            )


def _older_than_its_period(study: Study, link: LinkSpec) -> str:
    """Why an outcome's value may be older than its period, which no lag can undo; empty where it cannot be."""
    column = study.columns[link.grain][link.outcome]
    metric = study.metrics.get(column.metric or "")
    if metric and study.sources[metric.of].role == "employee_feedback":
        return "the outcome is each employee's latest answer, which may be older than the drivers"
    if column.moment in ("fixed", "before"):
        return "the outcome was settled before its own period, so it may be older than the drivers"
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _covered(study: Study, link: LinkSpec) -> Clock | None:
    """The clock where a metric states the days it really covers; None where none does."""
    covers = {c: _cover_of(study, c, link) for c in (link.outcome, *link.drivers)}
    if not any(covers.values()) or link.change is not None:
        return None
    outcome = covers[link.outcome]
    if outcome is None:
        return None
    # Where the outcome's own days are known, its drivers' period ends `lag` periods before its own.
    period = _period_holding(study, outcome[1]).shift(-link.lag)
    windows = {d: covers[d] or (period.start, period.end) for d in link.drivers}
    return _compare(link, windows, outcome)


def _cover_of(study: Study, column: str, link: LinkSpec) -> tuple[date, date] | None:
    known = study.columns[link.grain].get(column)
    metric = study.metrics.get(known.metric) if known and known.metric else None
    return (metric.covers.from_, metric.covers.to) if metric and metric.covers else None


def _period_holding(study: Study, day: date):
    from linkage.periods import period_of

    return period_of(day, study.declared.period, study.fiscal_month)


def _change_clock(study: Study, link: LinkSpec, change: ChangeBetween) -> Clock:
    first, last = (study.period(p) for p in change.drivers)
    start, end = (study.period(p) for p in change.outcome)
    for name, early, late in (("drivers", first, last), ("outcome", start, end)):
        if late <= early:
            raise LinkError(
                f"the change of {name} runs from {early} to {late}: give the earlier period first."
            )
    driver, outcome = (first.start, last.end), (start.start, end.end)
    return _compare(
        link,
        dict.fromkeys(link.drivers, driver),
        outcome,
        f"change of the outcome {start} to {end}, of the drivers {first} to {last}",
    )


def _compare(
    link: LinkSpec, windows: dict[str, tuple[date, date]], outcome: tuple[date, date], words: str = ""
) -> Clock:
    for name, window in windows.items():
        if outcome[1] < window[0]:
            raise LinkError(
                f"the outcome {link.outcome} ({outcome[0]} to {outcome[1]}) ends before its driver {name} "
                f"({window[0]} to {window[1]}) begins. An outcome cannot precede its cause: "
                "swap them or change the lag."
            )
    last = max(window[1] for window in windows.values())
    order = AFTER if outcome[0] > last else SAME
    first = min(window[0] for window in windows.values())
    said = words or f"drivers {first} to {last}, outcome {outcome[0]} to {outcome[1]}"
    overlap = "" if order == AFTER else "; the windows overlap"
    return Clock(order, f"{said}{overlap}")
