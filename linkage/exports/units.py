"""Figures of units, period by period; a figure that rests on too few people or answers is left empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.exports.sheets import Chart, Share, Sheet, plain_value
from linkage.fetching import fetch_rows
from linkage.sentences import is_share, plural
from linkage.suppressing import NOT_SHOWN, few_of, hidden_in, unnamed

if TYPE_CHECKING:
    from linkage.catalogue import LinkageColumn
    from linkage.opening import OpenStudy

TABLE = "link_unit_period"
MOST_ROWS = 20_000
"""More rows than a reader filters by hand; older periods are then left out, and the sheet says so."""
FRONT = (
    "unit_id",
    "period",
    "kind",
    "region",
    "answer_count",
    "contact_count",
    "order_count",
    "employee_count",
)
HEADINGS = {
    "unit_id": "unit",
    "answer_count": "answers",
    "contact_count": "contacts",
    "order_count": "purchases",
    "employee_count": "employees",
}
EVENTS = {"feedback": "event_answer", "interactions": "event_contact", "transactions": "event_purchase"}


def units_sheet(study: OpenStudy, period: str) -> Sheet:
    """One row a unit and period, newest period first."""
    name, title = "KPIs by unit", "Units, period by period"
    if TABLE not in study.tables:
        why = f"Left out: this study has no {TABLE}; it needs a source of units or unit_periods."
        return Sheet(name, title, why, ("unit", "period"), [])
    columns = study.study.columns["unit_period"]
    frame, dropped = _newest(study.table(TABLE, through=period))
    shown = [c for c in columns.values() if c.name in frame and c.metric and frame[c.name].notna().any()]
    hidden, people = _hide_small(frame, shown, study)
    front = [c for c in FRONT if c in frame and _says_something(frame[c])]
    minimum = study.study.declared.minimum_group
    frame = _unnamed(frame, [c.name for c in shown], people, minimum)
    headers = (*(HEADINGS.get(c, c) for c in front), *(_header(c) for c in shown))
    rows = [
        (*(plain_value(row[c]) for c in front), *(_cell(row[c.name], c) for c in shown))
        for row in frame.to_dict("records")
    ]
    note = (
        f"One row a unit and period, through {period}, newest first. {hidden:,} figures that rest on fewer "
        f"than {minimum} answers, contacts, employees or customers, or that the other units would tell, are empty. "
        "A unit with fewer people is not named."
    )
    note += f" {dropped:,} rows of older periods are left out." if dropped else ""
    return Sheet(name, title, note, headers, rows, _charts(frame, shown, front, period))


def _says_something(values: pd.Series) -> bool:
    """Whether a column of names or counts holds any: a source that a study lacks counts nothing everywhere."""
    return bool(values.notna().any() and (values.dropna() != 0).any())


def _newest(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows by period, newest first, then unit; only whole periods, and at most MOST_ROWS of them."""
    frame = frame.sort_values(["period", "unit_id"], ascending=[False, True], kind="stable").reset_index(
        drop=True
    )
    if len(frame) <= MOST_ROWS:
        return frame, 0
    upto = frame.groupby("period", sort=False).size().cumsum()
    kept = int(upto[upto <= MOST_ROWS].max()) if (upto <= MOST_ROWS).any() else MOST_ROWS
    return frame.iloc[:kept].copy(), len(frame) - kept


def _header(column: LinkageColumn) -> str:
    """The label, told apart by the column's own name where it is made from a metric."""
    label = column.label
    return f"{label} [{column.unit}]" if column.unit and column.unit not in ("share", "point") else label


def _cell(value: object, column: LinkageColumn) -> object:
    value = plain_value(value)
    return Share(value) if value is not None and is_share(column.unit) else value


def _hide_small(
    frame: pd.DataFrame, shown: list[LinkageColumn], study: OpenStudy
) -> tuple[int, np.ndarray | None]:
    """Empty the figures that rest on fewer answers or people than the study's minimum.

    How many those are, and on how many (n,) the best known figure of each row rests; None where the study does not say.
    """
    minimum, hidden = study.study.declared.minimum_group, 0
    counts = _counts(shown, study)
    if counts is None:
        return 0, None
    known = frame[["unit_id", "period"]].merge(counts, how="left", on=["unit_id", "period"])
    metrics = list(dict.fromkeys(c.metric for c in shown if c.metric in counts))
    earlier = _rows_before(frame, study.periods)
    for metric in metrics:
        columns = [c for c in shown if c.metric == metric]
        is_known = frame[[c.name for c in columns]].notna().any(axis=1).to_numpy()
        few = _few(known[metric].to_numpy(), is_known, frame["period"], minimum)
        before = _few_before(few, known[f"{metric} before"].to_numpy(), earlier, minimum)
        for column in columns:
            # A growth rests on the period before as well, and with this one's figure it would tell that one's.
            hides = (few if column.name == metric else few | before) & frame[column.name].notna().to_numpy()
            frame[column.name] = frame[column.name].astype(float).mask(hides)
            hidden += int(hides.sum())
    return hidden, known[metrics].max(axis=1).fillna(0).to_numpy()


def _few(counts: np.ndarray, known: np.ndarray, periods: pd.Series, minimum: int) -> np.ndarray:
    """Which figures (n,) to hide: too few behind them, or told by the total less the other units of the period."""
    few = np.zeros(len(counts), dtype=bool)
    few[known] = hidden_in(np.nan_to_num(counts[known]), periods[known], minimum)
    return few


def _rows_before(frame: pd.DataFrame, periods: Sequence[str]) -> np.ndarray:
    """The place of each unit's row of the period before (n,); -1 where it has none."""
    place = frame["period"].map({period: place for place, period in enumerate(periods)})
    rows = pd.MultiIndex.from_arrays([frame["unit_id"], place])
    return rows.get_indexer(pd.MultiIndex.from_arrays([frame["unit_id"], place - 1]))


def _few_before(few: np.ndarray, counts: np.ndarray, earlier: np.ndarray, minimum: int) -> np.ndarray:
    """Whether each unit's figure of the period before is hidden (n,); by its count (n,) where it has no row here.

    earlier : the place of that row (n,); -1 where there is none.
    """
    return np.where(earlier >= 0, few[earlier], ~(counts >= minimum))


def _unnamed(frame: pd.DataFrame, shown: list[str], people: np.ndarray | None, minimum: int) -> pd.DataFrame:
    """Rows with a stand-in for a unit of so few people that no figure of it is shown, and for counts as small or that
    would tell them.

    people (n,) : on how many the best known figure of each row rests; None leaves every name.
    """
    frame = frame.copy()
    if people is not None:
        small = (people < minimum) & frame[shown].isna().all(axis=1).to_numpy()
        order = frame["unit_id"].rank(method="dense").fillna(0).astype(int)
        words = [unnamed("unit", place, minimum, "people") for place in order[small]]
        frame["unit_id"] = frame["unit_id"].astype(object)
        frame.loc[small, "unit_id"] = words
    for name in frame.columns.intersection([c for c in FRONT if c.endswith("_count")]):
        count = frame[name].astype(float).fillna(0).to_numpy()
        few = _few(count, count > 0, frame["period"], minimum)
        words = np.where(count < minimum, few_of(minimum), NOT_SHOWN)
        frame[name] = frame[name].astype(object).mask(few, words)
    return frame


def _counts(shown: list[LinkageColumn], study: OpenStudy) -> pd.DataFrame | None:
    """By unit and period, on how many answers or people each metric rests: the smaller of the two.

    None where the study hands over units' figures only: on whom they rest it does not say.
    """
    by_table: dict[str, list[str]] = {}
    for name in dict.fromkeys(c.metric for c in shown):
        role = study.study.sources[study.study.metrics[name].of].role
        table = "link_employee_period" if role == "employee_feedback" else EVENTS.get(role)
        if table:
            by_table.setdefault(table, []).append(name)
    found = None
    for table, names in by_table.items():
        part = _counted(study, table, names)
        found = part if found is None else found.merge(part, how="outer", on=["unit_id", "period"])
    return found


def _counted(study: OpenStudy, table: str, names: list[str]) -> pd.DataFrame:
    person = "employee_id" if table == "link_employee_period" else "customer_id"
    parts = []
    for name in names:
        # An answer that names nobody is one person at most; money rests on customers, not on purchases.
        people = f'count(distinct case when events."{name}" is not null then events.{person} end)'
        nobody = f'count(case when events.{person} is null then events."{name}" end)'
        parts.append(f'least(count(events."{name}"), {people} + {nobody}) as "{name}"')
    counted = fetch_rows(
        study.connection.sql(
            f"select events.unit_id, events.period, any_value(periods.position) as position, {', '.join(parts)} "
            f"from {table} as events inner join periods on periods.period = events.period "
            "where events.unit_id is not null group by events.unit_id, events.period "
            "order by events.unit_id, events.period"
        )
    )
    before = counted.assign(position=counted["position"] + 1).drop(columns="period")
    before = before.rename(columns={n: f"{n} before" for n in names})
    return counted.merge(before, how="left", on=["unit_id", "position"]).drop(columns="position")


def _charts(
    frame: pd.DataFrame, shown: list[LinkageColumn], front: list[str], period: str
) -> tuple[Chart, ...]:
    """The first figure of the newest period, unit by unit."""
    rows = int((frame["period"] == period).sum())
    first = next((i for i, c in enumerate(shown) if frame[c.name][:rows].notna().any()), None)
    if first is None or rows < 2:
        return ()
    column = shown[first]
    return (
        Chart(
            title=f"{column.label}, {period}, by unit",
            kind="bars",
            categories=front.index("unit_id"),
            values=len(front) + first,
            first=0,
            last=min(rows, 60) - 1,
            axis="percent" if is_share(column.unit) else plural(column.unit),
            percent=is_share(column.unit),
        ),
    )
