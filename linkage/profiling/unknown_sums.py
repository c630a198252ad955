"""Which sums are not known, because a value that belongs to them could not be read?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linkage.profiling.problem import LOOK, Problem, share_of
from linkage.profiling.text import counted
from linkage.sentences import plural
from linkage.tables.adding_up import is_unread, unread_metrics

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec, Metric

UNKNOWN_SUMS = "sums not known"


def sum_problems(opened: OpenStudy) -> Iterator[Problem]:
    """One problem a metric of purchases that is added up and of which some value could not be read."""
    unread = unread_metrics(opened.connection, opened.study)
    source = opened.study.source_of("transactions")
    for metric in opened.study.metrics_of(source.name) if source else ():
        if metric.name in unread and metric.aggregate == "sum":
            yield _of_metric(opened, metric)


def _of_metric(opened: OpenStudy, metric: Metric) -> Problem:
    flag = is_unread(metric.name)
    rows, lost, customers = opened.connection.execute(
        f"select count(*), count(*) filter ({flag}), count(distinct customer_id) filter ({flag}) from event_purchase"
    ).fetchall()[0]
    advice = (
        f"What {counted(customers, 'customer')} come to in the periods and windows concerned is missing, not less; the "
        "sums of units leave these rows out. What is written otherwise is seldom any value, often the largest: "
        "correct it, or declare how it is written"
    )
    links = [link.name for link in opened.study.links.values() if _rests_on(link, metric)]
    if links:
        them = f"the {plural('link', len(links))} {', '.join(links)}"
        advice += f", before you trust {them}"
    return Problem(metric.of, metric.column, UNKNOWN_SUMS, lost, share_of(lost, rows), LOOK, f"{advice}.")


def _rests_on(link: LinkSpec, metric: Metric) -> bool:
    sums = {metric.name, *(f"{metric.name}_{end}" for end in ("before", "after", "growth", "now"))}
    return not sums.isdisjoint({link.outcome, *link.drivers, *link.controls})
