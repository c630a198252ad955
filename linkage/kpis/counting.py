"""The figures of every KPI that a study can answer, period by period, and why it cannot answer the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.days_held import in_part
from linkage.fetching import fetch_rows
from linkage.kpis.definitions import ALL, BY_CONTRACT, BY_PURCHASE, HEADLINES, KPIS, Kpi
from linkage.kpis.hiding import hidden_rows
from linkage.kpis.intervals import (
    NOTHING,
    Estimate,
    clustered_share,
    complement,
    mean_length,
    median_length,
    rate,
    ratio,
)
from linkage.kpis.needs import FIRST, counts_opening_hours, revenue_metric, rules_of
from linkage.kpis.provenance import basis_of, basis_texts, defined
from linkage.kpis.result import KpiSet
from linkage.memory import kept
from linkage.sentences import plural

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

COLUMNS = (
    *("kpi", "label", "group", "period", "estimate", "std_error", "low", "high", "n", "clusters"),
    *("suppressed", "unit", "better", "basis", "definition", "trap", "reason"),
)


@kept
def business_kpis(opened: OpenStudy, *, period: object, confidence: float = 0.95) -> KpiSet:
    """How is the business doing with its customers?

    period : the last period shown; its figures, and those of the periods before it, rest on what was known at the
        end of each. confidence : coverage of the intervals.

    One row a KPI, group and period: retention, churn and revenue retention, repeat purchases, answers, contacts,
    and what else the sources allow (linkage.kpis.definitions). What needs a source, metric or column that the
    study lacks is in `skipped` with the reason. Figures on fewer customers than the study's minimum_group are not
    shown, nor, where one group alone would be left out, those of the next smallest: the whole less the others would
    tell it. Raises PeriodError where the study has no data for the period.
    """
    from linkage.metrics.intervals import check_confidence

    check_confidence(confidence)
    through = opened.check_period(period)
    reasons, texts = opened.skipped_models, texts_of(opened)
    rows: list[dict[str, object]] = []
    skipped: list[dict[str, str]] = []
    for kpi in KPIS:
        found = [] if kpi.model in reasons else _rows(opened, kpi, through, confidence, texts)
        rows += found
        if not found:
            label = kpi.label.format(**texts)
            counted = _CASES.get(kpi.model, "cases it can count").format(**texts)
            reason = _nothing_counted(kpi, reasons.get(kpi.model), through, opened.study.metrics, counted)
            skipped.append({"kpi": kpi.name, "label": label, "reason": f"needs {reason}"})
    return KpiSet(
        study=opened.title,
        period=through,
        estimates=pd.DataFrame(rows, columns=COLUMNS),
        skipped=pd.DataFrame(skipped, columns=["kpi", "label", "reason"]),
        headline=tuple(name for name in HEADLINES if any(row["kpi"] == name for row in rows)),
        confidence=confidence,
        minimum_group=opened.study.declared.minimum_group,
        parts=_parts(opened, rows),
    )


def _parts(opened: OpenStudy, rows: list[dict[str, object]]) -> dict[str, str]:
    """By KPI, why its newest period is not compared with the one before: one of them is not whole in its source."""
    known: dict[str, list[str]] = {}
    for row in rows:
        if row["group"] == ALL:
            known.setdefault(str(row["kpi"]), []).append(str(row["period"]))
    parts = {kpi: in_part(opened, f"kpi_{kpi}", *reversed(periods[-2:])) for kpi, periods in known.items()}
    return {kpi: words for kpi, words in parts.items() if words}


_CASES = {
    "kpi_first_response": "contacts with first_response_hours of 0 or more",
    "kpi_handle_time": "contacts with handle_minutes of 0 or more",
    "kpi_revenue_retention": "customers with {revenue} above 0 in the period before",
    "kpi_feedback_coverage": "customers with {revenue} above 0",
    "kpi_lapse": "purchases from before the gap",
    "kpi_repeat_purchase": "first purchases, with their {repeat_purchase_days} over,",
    "kpi_purchase_interval": "customers who bought a second time",
    "kpi_response_rate": "invitations, with their {answer_days} over,",
}
"""What a KPI counts, said where its sources are there and hold none of it."""


def _nothing_counted(
    kpi: Kpi, lacking: str | None, through: str, metrics: Collection[str], counted: str
) -> str:
    """What would be needed. lacking : what the SQL model needs, where it was not built."""
    if lacking:
        return kpi.lacks or lacking
    column = kpi.lacks.partition(" ")[0]
    if column and column not in metrics:
        return kpi.lacks
    whose = f"contacts with {column} that is there and not below 0" if column else counted
    return f"{whose} by the end of {through}; there is none"


def _why_not(kpi: Kpi, n: int, clusters: int) -> str:
    """Why a figure could not be computed from rows that are there."""
    if kpi.kind in ("rate", "churn", "clustered", "money", "frequency") and clusters < 2:
        return "a single customer gives no interval"
    if n < 2:
        return "a single case gives no interval"
    if kpi.kind == "median":
        return "none was over by then"
    return "too few cases, or a sum of 0 to divide by"


def _rows(
    opened: OpenStudy, kpi: Kpi, through: str, confidence: float, texts: dict[str, str]
) -> list[dict[str, object]]:
    """The rows of one KPI, in order of group and period; of a model's rows only those known by `through`."""
    table = fetch_rows(opened.relation(kpi.model, through=through))
    known = opened.periods[: opened.periods.index(through) + 1]
    if "known_period" in table:
        table = table[table["known_period"].isin(known)]
    if kpi.where:
        table = table[table[kpi.where[0]] == kpi.where[1]]
    groups = _groups(table, kpi)
    order = table["gap_days"] if kpi.group == "gap_days" else (groups != ALL).astype(int)
    table = table.assign(group=groups, order=order, place=table["period"].map(known.index))
    minimum, label = opened.study.declared.minimum_group, kpi.label.format(**texts)
    figures = [
        (group, part["period"].iloc[0], *_figure(kpi, part, confidence))
        for (_, group, _), part in table.groupby(["order", "group", "place"], sort=True)
    ]
    figures = [figure for figure in figures if figure[3] > 0]
    said = {"basis": basis_of(kpi, texts), "definition": defined(kpi, texts), "trap": kpi.trap}
    rows = []
    for (group, period, estimate, n, clusters), hidden in zip(
        figures, _hidden(kpi, figures, minimum), strict=True
    ):
        row = {"kpi": kpi.name, "label": label, "group": group, "period": period}
        row |= NOTHING if hidden else estimate
        row |= {"n": n, "clusters": clusters, "suppressed": hidden, "unit": kpi.unit, "better": kpi.better}
        reason = "" if hidden or pd.notna(row["estimate"]) else _why_not(kpi, n, clusters)
        rows.append(row | said | {"reason": reason})
    return rows


def _hidden(kpi: Kpi, figures: list[tuple[str, str, Estimate, int, int]], minimum: int) -> list[bool]:
    """Whether each figure is hidden. figures : group, period, estimate, n and customers of each."""
    if not figures:
        return []
    groups, periods, _, n, clusters = (np.array(part, dtype=object) for part in zip(*figures, strict=True))
    people = np.minimum(n, clusters).astype(int)
    return hidden_rows(kpi.name, groups, periods, people, minimum).tolist()


def texts_of(opened: OpenStudy) -> dict[str, str]:
    """What a definition calls customers, money and hours in this study, and the rules it names."""
    money, rule = revenue_metric(opened.study), None
    if "kpi_retention" not in opened.skipped_models:
        rule = opened.connection.execute("select min(presence_rule) from kpi_retention").fetchall()[0][0]
    rules = {n: _length(n, value) for n, value in rules_of(opened.study).model_dump().items()}
    return {
        **rules,
        **basis_texts(opened.study, rule == "contract", rules),
        "presence": (BY_CONTRACT if rule == "contract" else BY_PURCHASE).format(**rules),
        "revenue": opened.study.metrics[money].label if money else "Revenue",
        "clock": "of opening time" if counts_opening_hours(opened.study, FIRST) else "by the clock",
    }


def _length(name: str, value: object) -> str:
    """A rule as it is read: target_hours of 1 is "1 hour"."""
    unit = {"days": "day", "hours": "hour"}.get(name.rpartition("_")[2])
    return f"{value} {plural(unit, value)}" if unit else str(value)


def _groups(table: pd.DataFrame, kpi: Kpi) -> pd.Series:
    """The group's name in words; the row without one is the whole."""
    if kpi.group is None:
        return pd.Series(ALL, index=table.index)
    if kpi.group == "gap_days":
        return table["gap_days"].map("{:d} days".format)
    named = table[kpi.group].map(lambda name: f"{kpi.group} {ALL}" if name == ALL else name)
    return named.where(table[kpi.group].notna(), ALL)


def _figure(kpi: Kpi, part: pd.DataFrame, confidence: float) -> tuple[Estimate, int, int]:
    """Estimate, n and the number of customers (or lengths) of one group and period."""
    if kpi.kind in ("median", "mean"):
        return _length_figure(kpi, part, confidence)
    row = part.iloc[0]
    if kpi.kind in ("rate", "churn"):
        n = int(row[kpi.sums[1]])
        found = rate(row[kpi.sums[0]], n, confidence)
        return (complement(found) if kpi.kind == "churn" else found), n, n
    sums, clusters = ratio_sums_of(kpi, row), int(row["customer_count"])
    if kpi.kind == "clustered":
        return clustered_share(sums, clusters, confidence), round(sums["x"]), clusters
    n = round(sums["y"]) if kpi.kind == "frequency" else clusters
    return ratio(sums, clusters, confidence, kpi.top), n, clusters


def ratio_sums_of(kpi: Kpi, row: pd.Series) -> dict[str, float]:
    """y, x, yy, xy, xx of a model's row; contacts a customer have a base of one each."""
    name = kpi.sums[0]
    if kpi.model == "kpi_contact_rate":
        contacts, heads = float(row["contact_count"]), float(row["customer_count"])
        return {"y": contacts, "x": heads, "yy": float(row["contact_squared"]), "xy": contacts, "xx": heads}
    parts = {"y": "sum", "x": "base", "yy": "squared", "xy": "product", "xx": "base_squared"}
    return {key: float(row[f"{name}_{part}"]) for key, part in parts.items()}


def _length_figure(kpi: Kpi, part: pd.DataFrame, confidence: float) -> tuple[Estimate, int, int]:
    length, is_over, count = kpi.sums
    lengths = pd.DataFrame(
        {
            "length": part[length].to_numpy("float64"),
            "is_over": part[is_over].to_numpy(bool) if is_over else True,
            "count": part[count].to_numpy(int),
        }
    )
    n = int(lengths["count"].sum())
    if kpi.kind == "mean":
        n = int(lengths.loc[lengths["is_over"], "count"].sum())
        return mean_length(lengths, confidence), n, n
    return median_length(lengths, confidence), n, n
