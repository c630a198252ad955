"""The words beside each of the ten questions: what the answer is about first, then its size, its interval and its n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.cards.card import label_of
from linkage.catalogue import FEEDBACK, MONEY
from linkage.errors import LinkageError
from linkage.ladder import LINKED
from linkage.report.effects import in_brief, named_first, within_sentence
from linkage.report.foretold import foretold
from linkage.report.money import assumed_points, points, told, unit_words
from linkage.report.pages_made import is_made
from linkage.report.standing import best_founded, counted

if TYPE_CHECKING:
    from linkage.catalogue import LinkageColumn
    from linkage.report.edition import Edition

Row = dict[str, object]

MOST_NAMED = 2
"""Drivers told with their size; of the others only the names."""
GOALS = "09_operational_goals"
NO_GOAL = "No value is a goal."


def _sureness(row: Row) -> tuple[str, float]:
    """The order in which several are named, where all of them are: the level, then the size for its error."""
    error = row.get("std_error") or 0.0
    size = abs(row["estimate"] / error) if error and row.get("estimate") is not None else 0.0
    return (str(row["level"]), size)


def drivers_named(rows: list[Row], edition: Edition) -> str:
    """Which drivers are linked, the surest first and in full; "" where none is."""
    linked = sorted((r for r in rows if r["verdict"] == LINKED), key=_sureness, reverse=True)
    if not linked:
        return ""
    said = [f"{named_first(row, edition)}." for row in linked[:MOST_NAMED]]
    others = [_label(row, edition) for row in linked[MOST_NAMED:]]
    return " ".join([*said, *([f"Then: {', '.join(dict.fromkeys(others))}."] if others else [])])


def goals_named(rows: list[Row], edition: Edition) -> str:
    """Which value of which operational metric is to be met, with its interval, those of the data apart from those of
    a stated target or cost; its drivers where no value is a goal."""
    goals = _goals(edition)
    if not goals:
        named = drivers_named(rows, edition)
        return f"{NO_GOAL} {named}" if named and is_made(GOALS, edition) else named
    from linkage.goals.answer import goals_told

    counts = dict.fromkeys(f"{int(g['n']):,}" for g in goals)
    return f"{'. '.join(goals_told(goals))}; n = {' and '.join(counts)}."


def _goals(edition: Edition) -> list[Row]:
    """The goals of the page on them."""
    if not is_made(GOALS, edition):
        return []
    from linkage.goals.asking import operational_goals

    try:
        found = operational_goals(edition.study, period=edition.period).estimates
    except LinkageError:  # the page on goals says why there is none
        return []
    return found[found["kind"] != "none"].to_dict("records")


def worth_named(rows: list[Row], edition: Edition) -> str:
    """What one unit more of the best founded driver is worth a year; where that is not known, what goes with it."""
    best = best_founded(r for r in rows if r["verdict"] == LINKED)
    if best is None:
        return ""
    worth = best_point(rows, edition)
    if worth is None:
        return f"{named_first(best, edition)}."
    return f"{unit_words(worth)}. {_larger(worth, edition)}".rstrip()


def worth_assumed(rows: list[Row], edition: Edition) -> str:
    """What goes with one unit more of the best founded driver, and the yearly sum that is assumed only; "" without."""
    known = {p["link"]: p for p in assumed_points(edition)}
    best = best_founded(r for r in rows if r["verdict"] == LINKED and r["link"] in known)
    if best is None:
        return ""
    return f"{in_brief(best, edition)}. In a year, by assumption: {unit_words(known[best['link']])}."


def best_point(rows: list[Row], edition: Edition) -> Row | None:
    """What a point is worth by the best founded of some linked estimates that has such a figure; None without any."""
    known = {p["link"]: p for p in points(edition)}
    best = best_founded(r for r in rows if r["verdict"] == LINKED and r["link"] in known)
    return known[best["link"]] if best else None


def _larger(best: Row, edition: Edition) -> str:
    """That another linked amount is larger than the best founded one, as the page on money leads with it; "" if not."""
    linked = {row["link"] for row in edition.findings if row["verdict"] == LINKED}
    worth = {
        str(r["group"]): r for r in told(edition) if r.get("group") in linked and r["basis"] == "estimated"
    }
    largest = max(worth, key=lambda link: abs(float(worth[link]["estimate"])), default=best["link"])
    return "" if largest == best["link"] else f"Best founded, not largest, of {len(worth)}."


def buying_and_leaving(rows: list[Row], edition: Edition) -> str:
    """The best founded link with what customers buy, and that with their leaving, each said to be which, and whether
    the metric race shows that it is foretold."""
    parts = {"Buying": [], "Leaving": []}
    for row in (r for r in rows if r["verdict"] == LINKED):
        column = _column(row, "outcome", edition)
        parts["Leaving" if column is not None and column.kind == "flag" else "Buying"].append(row)
    told = {word: best_founded(found) for word, found in parts.items() if found}
    said = [
        f"{word}: {within_sentence(row, edition)}. {foretold(row, edition)}".rstrip()
        for word, row in told.items()
    ]
    return " ".join(said)


def with_reverse(rows: list[Row], edition: Edition) -> str:
    """The best founded link from feedback to later money; beside it what the metric race says of that money, and what
    the other direction shows, if asked."""
    best = best_founded(rows)
    return " ".join(filter(None, [f"{in_brief(best, edition)}.", foretold(best, edition), _reverse(edition)]))


def _reverse(edition: Edition) -> str:
    """What was found where money comes first and feedback later; "" where no declared link asks it."""
    asked = [row for row in edition.findings if not row.get("exploratory") and _is_reverse(row, edition)]
    best = best_founded(asked)
    if best is None or best.get("estimate") is None:
        return ""
    shown = "is linked too" if best["verdict"] == LINKED else f"was asked too ({counted(best)})"
    return f"The reverse {shown}: {within_sentence(best, edition)}."


def _is_reverse(row: Row, edition: Edition) -> bool:
    spec = edition.study.study.links.get(str(row["link"]))
    driver, outcome = (_column(row, what, edition) for what in ("driver", "outcome"))
    known = spec is not None and driver is not None and outcome is not None
    return known and spec.lag > 0 and driver.origin == MONEY and outcome.origin == FEEDBACK


def _column(row: Row, what: str, edition: Edition) -> LinkageColumn | None:
    return edition.study.study.columns[str(row["grain"])].get(str(row[what]))


def _label(row: Row, edition: Edition) -> str:
    column = _column(row, "driver", edition)
    return label_of(column, False) if column else str(row["driver"]).replace("_", " ")
