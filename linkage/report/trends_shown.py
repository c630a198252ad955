"""All reports of a study side by side: a picture and a table of what each has published."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.changing.trends import FIGURE, LINK, Told, Trends, gather_trends
from linkage.report.appendix import NONE
from linkage.report.changes_shown import figure_label, figure_level, level_ends, link_label, link_unit
from linkage.sentences import number

if TYPE_CHECKING:
    from markupsafe import Markup

    from linkage.report.edition import Edition

Row = dict[str, object]
SPLIT = "<!-- between two pictures -->"


def trends_of(edition: Edition) -> Trends:
    """What all reports up to this one published."""
    reports = {report.period: report for report in edition.earlier.reports}
    findings = {period: report.findings for period, report in reports.items()}
    metrics = {period: report.metrics for period, report in reports.items()}
    told = {(str(r["metric"]), ""): Told(figure_label(r), *figure_level(r)) for r in edition.metrics}
    for row in edition.findings:
        told[str(row["link"]), str(row["driver"])] = Told(link_label(row, edition), *link_unit(row, edition))
    return gather_trends(
        findings | {edition.period: edition.findings},
        metrics | {edition.period: edition.metrics},
        told=told,
    )


def trend_parts(trends: Trends) -> list[Row]:
    """A picture and a table each of the headline figures and of the links; none while there is one report only."""
    kinds = [
        (what, title)
        for what, title in ((FIGURE, "Headline figures"), (LINK, "Links"))
        if len(trends.of(what))
    ]
    pictures = _pictures([trends.plot(what)._repr_mimebundle_()["text/html"] for what, _ in kinds])
    return [
        {"title": title, "picture": picture, **_trend_table(trends, what)}
        for (what, title), picture in zip(kinds, pictures, strict=True)
    ]


def _pictures(drawn: list[str]) -> list[Markup]:
    """Figures with the page's colours and ids of their own; they are drawn by the suite, their texts escaped there."""
    from markupsafe import Markup

    from linkage.report.tidying import tidy

    return [Markup(part) for part in tidy(SPLIT.join(drawn)).split(SPLIT)] if drawn else []


def _trend_table(trends: Trends, what: str) -> Row:
    """One row a series, one column a period: the estimate, its interval and its n."""
    rows = trends.of(what)
    periods = sorted(rows["period"].unique())
    lines = []
    for _, part in rows.groupby(["name", "driver"], sort=False):
        cells = {r["period"]: _point(r) for r in part.to_dict("records")}
        shown = [cells.get(p, (NONE, "", "")) for p in periods]
        lines.append({"label": part["label"].iloc[0], "unit": part["unit"].iloc[0], "cells": shown})
    return {"periods": periods, "rows": lines}


def _point(row: Row) -> tuple[str, str, str]:
    """A published figure, its interval, and the n it rests on."""
    known = math.isfinite(row["low"]) or math.isfinite(row["high"])
    n = "" if row["n"] is None or not math.isfinite(row["n"]) else f"n = {int(row['n']):,}"
    return (
        number(row["estimate"]),
        level_ends(row["low"], row["high"]) if known else "no interval published",
        n,
    )
