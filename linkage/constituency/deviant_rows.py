"""What positive deviance is asked of: the outcome, its answers, the conditions of units, and what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.catalogue import FEEDBACK, OPERATIONS, PEOPLE
from linkage.constituency.gates import periods_a_year
from linkage.errors import LinkError
from linkage.fetching import fetch_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

NO_MIX = ("language", "region", "kind", "period")
SIZES = ("contact_count", "employee_count", "answer_count")
MOST_LEVELS = 12


@dataclass(frozen=True, eq=False)
class Asked:
    """rows : one row an answer, or a unit and period, of the window. mix, shared : their columns (see chance).
    words : of the window and of what a row is. of_people : a row is somebody's answer.
    """

    rows: pd.DataFrame
    mix: tuple[str, ...]
    shared: tuple[str, ...]
    words: str
    of_people: bool = True


def outcome_of(study: OpenStudy, outcome: str | None) -> str | None:
    """What units are held against: as asked, else what the declared links of units speak of first, else any rating."""
    columns = study.study.columns["unit_period"]
    rated = [n for n, c in columns.items() if c.origin == FEEDBACK and c.metric]
    if outcome is not None:
        if outcome not in rated:
            raise LinkError(f"{outcome!r} is no rating of units. There are: {', '.join(rated) or 'none'}.")
        return outcome
    links = [s for s in study.study.links.values() if s.grain == "unit_period"]
    named = [c for s in links for c in (s.outcome, *s.drivers) if c in rated]
    return next(iter([*named, *rated]), None)


def rows_of(study: OpenStudy, outcome: str, through: str) -> Asked:
    """Single answers of the last year where there are any, else the periods of units."""
    metric = study.study.metrics[outcome]
    if study.study.sources[metric.of].role != "feedback":
        rows = study.table("link_unit_period", through=through, columns=["unit_id", "period", outcome])
        rows = rows.dropna(subset=[outcome])
        return Asked(rows, ("period",), (), f"units and periods, {_span(rows)}", of_people=False)
    table = _table_of(study, outcome)
    last, year = study.study.period(through).position, periods_a_year(study)
    there = study.connection.table(table).columns
    mix = tuple(c for c in _categories(study, table.removeprefix("link_")) if c in there)
    shared = tuple(c for c in ("employee_id", "customer_id") if c in there)
    key = "interaction_id" if table == "link_interaction" else "response_id"
    rows = fetch_rows(
        study.connection.sql(
            f"select unit_id, period, {outcome}, {', '.join((*mix, *shared))} from {table} "
            f"inner join periods using (period) "
            f"where {outcome} is not null and unit_id is not null and position <= {last} and position > {last - year} "
            f"order by {key}"
        )
    )
    mix = tuple(c for c in mix if 2 <= rows[c].nunique() <= MOST_LEVELS and rows[c].notna().all())
    shared = tuple(c for c in shared if rows[c].notna().mean() > 0.5)
    return Asked(rows, (*mix, "period"), shared, f"answers, {_span(rows)}")


def _span(rows: pd.DataFrame) -> str:
    return " to ".join(dict.fromkeys([rows["period"].min(), rows["period"].max()])) if len(rows) else "none"


def _table_of(study: OpenStudy, outcome: str) -> str:
    """Contacts where most answers are to one, since these know channel and topic; else answers."""
    if "link_interaction" not in study.tables:
        return "link_survey"
    counts = [
        study.connection.sql(f"select count({outcome}) from {table}").fetchall()[0][0]
        for table in ("link_interaction", "link_survey")
    ]
    return "link_interaction" if counts[0] >= 0.5 * counts[1] > 0 else "link_survey"


def _categories(study: OpenStudy, grain: str) -> list[str]:
    columns = study.study.columns[grain]
    return [n for n, c in columns.items() if c.kind == "category" and c.moment == "fixed" and n not in NO_MIX]


def conditions_of(
    study: OpenStudy, outcome: str, names: tuple[str, ...] | None, window: list[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row a unit: what it cannot choose. As asked; else the fixed controls of the declared links of this outcome;
    else its kind, its region and its size (log). Raises LinkError for a condition that no unit has.
    """
    columns = study.study.columns["unit_period"]
    table = study.table("link_unit_period")
    table = table[table["period"].isin(window)] if window else table
    if names is not None:
        unknown = [c for c in names if c not in table]
        if unknown:
            raise LinkError(f"{unknown[0]!r} is no column of link_unit_period.")
    else:
        links = [
            s
            for s in study.study.links.values()
            if s.grain == "unit_period" and outcome in (s.outcome, *s.drivers)
        ]
        fixed = [c for s in links for c in s.controls if c in columns and c in table and c != "period"]
        attributes = [c for c in fixed if columns[c].moment == "fixed" or columns[c].kind == "category"]
        names = tuple(dict.fromkeys(attributes)) or tuple(
            c for c in ("kind", "region") if table[c].notna().any()
        )
    made = (
        table.groupby("unit_id")[list(names)].first()
        if names
        else pd.DataFrame(index=table["unit_id"].unique())
    )
    if not any(columns[c].kind == "number" for c in names if c in columns):
        made = made.join(_size(table))
    return made, tuple(made.columns)


def _size(table: pd.DataFrame) -> pd.Series | pd.DataFrame:
    for name in SIZES:
        if name in table and table[name].fillna(0).astype(float).sum() > 0:
            mean = table.groupby("unit_id")[name].mean().astype(float)
            return np.log1p(mean).rename(f"size ({name.removesuffix('_count')}s, on a log scale)")
    return pd.DataFrame(index=table["unit_id"].unique())


def practices_of(
    study: OpenStudy, outcome: str, window: list[str]
) -> tuple[pd.DataFrame, dict[str, str], set[str]]:
    """One row a unit: what it does (operations) and who does it (people), means of the window; labels; and which of the
    columns are of people.
    """
    columns = study.study.columns["unit_period"]
    table = study.table("link_unit_period")
    table = table[table["period"].isin(window)]
    chosen = {
        n: c for n, c in columns.items()
        if c.origin in (OPERATIONS, PEOPLE) and c.kind in ("number", "flag") and n in table and c.metric
    }  # fmt: skip
    made = (
        table.groupby("unit_id")[list(chosen)].mean().astype("float64")
        if chosen
        else pd.DataFrame(index=table["unit_id"].unique())
    )
    labels = {n: c.label for n, c in chosen.items()}
    people = {n for n, c in chosen.items() if c.origin == PEOPLE}
    if "link_employee_period" in study.tables:
        own = study.table("link_employee_period")
        own = own[own["period"].isin(window)].assign(is_trained=lambda t: t["is_trained"].astype(float))
        more = (
            own.groupby("unit_id")[["is_trained", "tenure_months", "contact_count"]].mean().astype("float64")
        )
        more = more.rename(columns={"contact_count": "contacts_an_employee"})
        made = made.join(more)
        labels |= {
            "is_trained": "Trained",
            "tenure_months": "Tenure of employees",
            "contacts_an_employee": "Contacts an employee",
        }
        people |= {"is_trained", "tenure_months"}
    return made.drop(columns=[c for c in [outcome] if c in made]), labels, people


def people_of(study: OpenStudy, window: list[str]) -> pd.Series | None:
    """How many employees each unit had in the window; None where employees are not known."""
    if "link_employee_period" not in study.tables:
        return None
    own = study.table("link_employee_period", columns=["unit_id", "employee_id", "period"])
    own = own[own["period"].isin(window)].dropna(subset=["unit_id"])
    return own.groupby("unit_id")["employee_id"].nunique()


def answerers_of(asked: Asked) -> pd.Series | None:
    """How many people answered of each unit, an answer without a name being one of its own; None where none did."""
    if not asked.of_people:
        return None
    rows = asked.rows
    if "customer_id" not in rows:
        return rows.groupby("unit_id").size()
    named = rows.groupby("unit_id")["customer_id"]
    return named.nunique() + named.size() - named.count()
