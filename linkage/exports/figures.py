"""Figures of the business, quarter by quarter, and figures in money, as sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.exports.sheets import Amount, Chart, Share, Sheet, plain_value, sheet_rows
from linkage.kpis.hiding import without_small_names
from linkage.sentences import is_share, plural
from linkage.suppressing import few_of, not_told

if TYPE_CHECKING:
    from linkage.kpis.result import KpiSet

KPI_HEADERS = (
    "kpi",
    "group",
    "period",
    "estimate",
    "low",
    "high",
    "unit",
    "n",
    "better",
    "definition",
    "beware",
)
MONEY_HEADERS = (
    *("figure", "group", "estimate", "low", "high", "currency", "horizon", "basis", "level", "n", "what"),
)


def kpis_sheet(found: KpiSet) -> Sheet:
    """One row a KPI, group and period; a figure on too few customers is empty, and its group is not named."""
    frame = found.estimates.reset_index(drop=True)
    headers = (*KPI_HEADERS, "below", "above")
    rows = [_kpi_row(row) for row in without_small_names(frame, found.minimum_group).to_dict("records")]
    hidden = int(frame["suppressed"].astype(bool).sum()) if len(frame) else 0
    lacking = "; ".join(f"{r['label']} {r['reason']}" for r in found.skipped.to_dict("records"))
    note = (
        f"One row a KPI, group and period, through {found.period}. {hidden} figures are left empty, "
        f"{not_told(found.minimum_group, 'customers')}; a group as small is not named."
    )
    return Sheet(
        "KPIs",
        "Business KPIs, period by period",
        f"{note} Not counted: {lacking}." if lacking else note,
        headers,
        sheet_rows(rows, headers),
        _courses(frame, found.headline),
        hidden=(len(KPI_HEADERS), len(KPI_HEADERS) + 1),
        widths={"kpi": 36, "definition": 80, "beware": 80},
    )


def _kpi_row(row: dict[str, object]) -> dict[str, object]:
    share = is_share(str(row["unit"]))
    values = {name: _kpi_value(row[name], share) for name in ("estimate", "low", "high")}
    estimate, low, high = values.values()
    known = all(isinstance(v, float) for v in (estimate, low, high))
    return {
        **{name: row[name] for name in ("group", "period", "unit", "n", "better", "definition")},
        **values,
        "kpi": row["label"],
        "beware": row["trap"],
        "below": estimate - low if known else None,
        "above": high - estimate if known else None,
    }


def _kpi_value(value: object, share: bool) -> object:
    """Empty where not shown; a wait without end is said in words."""
    if value is None or pd.isna(value):
        return None
    if value in (float("inf"), float("-inf")):
        return "without bound"
    return Share(value) if share else float(value)


def _courses(frame: pd.DataFrame, headline: tuple[str, ...]) -> tuple[Chart, ...]:
    """The course of each headline KPI; its rows stand together."""
    charts = []
    for name in headline:
        rows = frame[(frame["kpi"] == name) & (frame["group"] == "all")]
        if len(rows) > 1 and rows.index[-1] - rows.index[0] == len(rows) - 1:
            charts.append(
                Chart(
                    title=str(rows["label"].iloc[0]),
                    kind="line",
                    categories=KPI_HEADERS.index("period"),
                    values=KPI_HEADERS.index("estimate"),
                    first=int(rows.index[0]),
                    last=int(rows.index[-1]),
                    less=len(KPI_HEADERS),
                    more=len(KPI_HEADERS) + 1,
                    axis=_axis(str(rows["unit"].iloc[0])),
                    percent=is_share(str(rows["unit"].iloc[0])),
                )
            )
    return tuple(charts)


def _axis(unit: str) -> str:
    """What an axis is called: a share is drawn in percent."""
    return "percent" if is_share(unit) else plural(unit)


def money_sheet(rows: list[dict[str, object]], minimum: int) -> Sheet:
    """Figures in money as the notebooks published them; what rests on too few is empty."""
    shown = [_money_row(row, minimum) for row in rows]
    return Sheet(
        "Money",
        "What it is worth",
        "One row a figure in money, with its currency, horizon and interval. Assumed figures stand at L0: no data say "
        f"them. Amounts on fewer than {minimum} rows or customers are left empty.",
        MONEY_HEADERS,
        sheet_rows(shown, MONEY_HEADERS),
        widths={"figure": 44, "what": 90},
    )


def _money_row(row: dict[str, object], minimum: int) -> dict[str, object]:
    few = row.get("n") is not None and row["n"] < minimum
    amounts = {
        name: None if few or row.get(name) is None else Amount(row[name])
        for name in ("estimate", "low", "high")
    }
    count = {"n": few_of(minimum)} if few else {}
    return {**{k: plain_value(v) for k, v in row.items()}, **amounts, **count}
