"""What each unit is to reach: the operational goals, and how far each unit is beyond them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.exports.sheets import Share, Sheet, plain_value, sheet_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

TITLE = "Targets of operations, unit by unit"
HEADERS = (
    *("metric", "unit", "direction", "goal", "goal low", "goal high", "metric unit", "kind"),
    *("beyond goal", "beyond low", "beyond high", "gain", "gain low", "gain high", "outcome"),
    *("contacts", "customers", "level", "goal in words"),
)
ALL_UNITS = "all"
Row = dict[str, object]


def targets_sheet(study: OpenStudy, period: str) -> Sheet:
    """One row a metric with a goal and a unit, first that of all units; without goals, why there are none."""
    try:
        goals = import_module("linkage.goals.asking").operational_goals(study, period=period)
    except ImportError:
        return _left_out("operational goals are not part of this version.")
    except LinkageError as error:
        return _left_out(str(error))
    stated = {name: row for name, row in goals.estimates.to_dict("index").items() if row["kind"] != "none"}
    if not stated:
        return _left_out(
            "; ".join(goals.missing) or "no operational metric has a value that serves as a goal."
        )
    stated = {name: {**row, "outcome": _label(study, row)} for name, row in stated.items()}
    rows = [
        {**_row({"unit_id": ALL_UNITS, **_overall(row)}, row), "goal in words": row["sentence"]}
        for row in stated.values()
    ]
    by_unit = goals.by_unit.to_dict("records") if len(goals.by_unit) else []
    rows += [_row(unit, stated[unit["metric"]]) for unit in by_unit if unit["metric"] in stated]
    minimum = study.study.declared.minimum_group
    note = (
        f"Contacts of {period}: the share beyond the goal, and what the mean outcome would gain if none were, as an "
        f"association. The goal in words speaks of all units and stands in their row. Units with fewer than {minimum} "
        "contacts or customers are not listed."
    )
    return Sheet("Targets", TITLE, note, HEADERS, sheet_rows(rows, HEADERS), widths={"goal in words": 90})


def _left_out(reason: str) -> Sheet:
    return Sheet("Targets", TITLE, f"Left out: {reason}", HEADERS, [])


def _label(study: OpenStudy, goal: Row) -> str:
    """The outcome as the pages name it."""
    column = study.study.columns[str(goal["grain"])].get(str(goal["outcome"]))
    return column.label if column else str(goal["outcome"]).replace("_", " ")


def _overall(row: Row) -> Row:
    names = ("share", "share_low", "share_high", "gain", "gain_low", "gain_high")
    return {**{name: row[name] for name in names}, "n": row["n_last"], "customers": None}


def _row(reached: Row, goal: Row) -> Row:
    """A metric's goal beside what one unit, or all of them, reached."""
    shares = {
        name: None if plain_value(reached[key]) is None else Share(reached[key])
        for name, key in {
            "beyond goal": "share",
            "beyond low": "share_low",
            "beyond high": "share_high",
        }.items()
    }
    return {
        "metric": goal["label"],
        "unit": reached["unit_id"],
        "direction": goal["direction"],
        "goal": goal["estimate"],
        "goal low": goal["low"],
        "goal high": goal["high"],
        "metric unit": goal["unit"],
        "kind": goal["kind"],
        **shares,
        "gain": reached["gain"],
        "gain low": reached["gain_low"],
        "gain high": reached["gain_high"],
        "outcome": goal["outcome"],
        "contacts": reached["n"],
        "customers": reached["customers"],
        "level": goal["level"],
    }
