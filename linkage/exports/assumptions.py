"""What no data say: every value that a study's figures take as given, who says so, and what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.exports.sheets import Sheet, sheet_rows

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.study_file.declaration import StudyFile

HEADERS = ("what", "value", "basis", "who says so", "used for")
STATED, DEFAULT, ASSUMED = "stated in study.yml", "the suite's default", "assumed"
Row = dict[str, object]


def assumptions_sheet(edition: Edition, money: list[Row], own: tuple[Row, ...] = ()) -> Sheet:
    """Rules of the study, inputs of values and scenarios, and the figures that rest on an assumption.

    own : the rows of what the exports themselves assume.
    """
    declared = edition.study.study.declared
    rows = [
        *_rules(declared),
        *_values(declared),
        *_scenarios(declared),
        *_goals(declared),
        *_figures(money),
        *own,
    ]
    return Sheet(
        "Assumptions",
        "What is taken as given",
        "One row a value that the data do not say. A figure that needs an assumed one stands at L0.",
        HEADERS,
        sheet_rows(rows, HEADERS),
        widths={"what": 50, "value": 44, "who says so": 30, "used for": 60},
    )


def _row(what: str, value: object, stated: bool, used_for: str, who: str = "") -> Row:
    return {
        "what": what,
        "value": _words(value),
        "basis": STATED if stated else DEFAULT,
        "who says so": who or ("study.yml" if stated else ""),
        "used for": used_for,
    }


def _words(value: object) -> str:
    """A value as it is read; three equal numbers are one, three others a value with its range."""
    if isinstance(value, tuple) and len(value) == 3 and all(isinstance(v, float) for v in value):
        low, middle, high = value
        return f"{middle:g}" if low == high else f"{middle:g} ({low:g} to {high:g})"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_words(part)}" for name, part in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rules(declared: object) -> list[Row]:
    """Windows and rules by which rows were joined and groups hidden."""
    given = declared.model_fields_set
    said = {
        "windows.before": ("days an answer looks back at service", declared.windows.before),
        "windows.after": ("days an answer looks ahead at money", declared.windows.after),
        "minimum_group": ("groups with fewer members are not shown", declared.minimum_group),
    }
    said |= {
        f"rules.{n}": ("which rows speak for an answer", v) for n, v in declared.rules.model_dump().items()
    }
    return [_row(n, value, n.split(".")[0] in given, use) for n, (use, value) in said.items()]


def _values(declared: StudyFile) -> list[Row]:
    value = declared.value
    names = ("form", "loyalty", "margin", "margin_share", "discount", "horizon", "kept_shares")
    uses = {"discount": "present values, a year", "horizon": "how far ahead counts, in years"}
    return [
        _row(
            f"value.{n}",
            found,
            n in value.model_fields_set,
            uses.get(n, "what customers are worth"),
            value.source,
        )
        for n in names
        if (found := getattr(value, n, None)) not in (None, {}, ())
    ]


def _scenarios(declared: StudyFile) -> list[Row]:
    rows = []
    for name, made in declared.scenarios.items():
        cost = made.cost.model_dump()
        for part, value in {"by": made.by, "to": made.to, "reach": made.reach, "cost": cost}.items():
            if value is not None:
                stated = part in made.model_fields_set
                rows.append(_row(f"scenarios.{name}.{part}", value, stated, made.question, made.source))
    return rows


def _goals(declared: StudyFile) -> list[Row]:
    """What is stated of operational metrics, the study's own first; none of it is a default."""
    goals = declared.goals
    stated = {"": goals, **{f"{name}.": goal for name, goal in goals.metrics.items()}}
    return [
        _row(f"goals.{name}{part}", value, True, "operational goals", goal.source)
        for name, goal in stated.items()
        for part in ("outcome", "target", "value", "cost")
        if (value := getattr(goal, part, None)) is not None
    ]


def _amount(row: Row) -> str:
    """An amount with its interval, horizon and level; nothing where none could be computed."""
    known = [row.get(name) for name in ("estimate", "low", "high")]
    if None in known:
        return ""
    estimate, low, high = (f"{value:,.0f}" for value in known)
    return f"{estimate} {row['currency']} ({low} to {high}; {row['horizon']}; {row['level']})"


def _figures(money: list[Row]) -> list[Row]:
    return [
        {
            "what": row["figure"],
            "value": _amount(row),
            "basis": ASSUMED,
            "who says so": "",
            "used for": row.get("what"),
        }
        for row in money
        if row.get("basis") == ASSUMED
    ]
