"""What a KPI's SQL model may use of a study, and what it needs that the study lacks."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import TYPE_CHECKING

from linkage.kpis.declared import KpiRules
from linkage.sources.business_hours import open_seconds_sql
from linkage.sources.spans import Clock

if TYPE_CHECKING:
    from linkage.study import Study

Present = dict[str, list[str]]

FLAGS = ("is_resolved", "is_reopened", "is_failure_demand", "is_abandoned")
"""Metrics of the contacts, by these names, whose share is a KPI."""
FIRST, AUTOMATIC, MERGED = "first_response_hours", "is_automatic_reply", "merged_into"


def rules_of(study: Study) -> KpiRules:
    """What study.yml says under `kpis`; what it leaves out is as usual."""
    return study.declared.kpis


def kpi_words(study: Study, present: Present) -> dict[str, object]:
    """The rules, and what the study has, as words for the templates of sql/kpi.

    kpi.contract : customers are known from joined_on to left_on. kpi.revenue : the metric money is counted in.
    kpi.flags : the flags of contacts that become shares. kpi.on(role, name) : is there such a metric or column?
    kpi.automatic, kpi.merged : is it recorded which first answers were automatic, and which contacts were merged?
    kpi.business(metric) : does it count opening hours? kpi.watched(metric, start, to) : hours on the metric's clock
    from a stored time until a local one. kpi.first_response(table) : its hours, null without an answer by somebody.
    """
    rules, clock = rules_of(study), Clock(study.timezone, study.declared.business_hours)
    automatic = AUTOMATIC in _metrics_of(study, "interactions")

    def watched(metric: str, start: str, to: str) -> str:
        if counts_opening_hours(study, metric):
            return f"{open_seconds_sql(clock.local(start), to, clock.hours)} / 3600.0"
        return f"date_diff('second', {clock.local(start)}, {to}) / 3600.0"

    def first_response(table: str) -> str:
        hours = f"{table}.{FIRST}"
        return f"case when coalesce({table}.{AUTOMATIC}, 0) = 0 then {hours} end" if automatic else hours

    words = SimpleNamespace(
        **{**rules.model_dump(), "gaps_compared": rules.gaps},
        flags=[f for f in FLAGS if has_column(study, present, "interactions", f)],
        contract=has_contract(present),
        revenue=revenue_metric(study),
        automatic=automatic,
        merged=has_column(study, present, "interactions", MERGED),
        on=lambda role, name: has_column(study, present, role, name),
        business=lambda metric: counts_opening_hours(study, metric),
        watched=watched,
        first_response=first_response,
    )
    return {"kpi": words, "ratio_sums": ratio_sums}


def _metrics_of(study: Study, role: str) -> dict[str, str]:
    """The metrics of a role's source, with the clock of each."""
    source = study.source_of(role)
    return {m.name: m.clock for m in study.metrics_of(source.name)} if source else {}


def counts_opening_hours(study: Study, metric: str) -> bool:
    """Whether a metric of the contacts counts hours in which the business is open, and not those of the clock."""
    return _metrics_of(study, "interactions").get(metric) == "business"


def ratio_sums(name: str, numerator: str, base: str) -> str:
    """Select items that hold a ratio of sums over clusters, one row each, and what its interval needs.

    With y the numerator and x the base of a cluster: sums of y, x, y*y, x*y and x*x.
    """
    terms = {
        f"{name}_sum": numerator,
        f"{name}_base": base,
        f"{name}_squared": f"({numerator}) * ({numerator})",
        f"{name}_product": f"({numerator}) * ({base})",
        f"{name}_base_squared": f"({base}) * ({base})",
    }
    return ",\n    ".join(f"fsum({term}) as {column}" for column, term in terms.items())


def revenue_metric(study: Study) -> str | None:
    """The first metric of the transactions that adds up: what the ledger counts revenue in."""
    source = study.source_of("transactions")
    sums = [m.name for m in study.metrics_of(source.name) if m.aggregate == "sum"] if source else []
    return sums[0] if sums else None


def has_contract(present: Present) -> bool:
    """Whether it is known from when until when somebody was a customer."""
    return {"joined_on", "left_on"} <= set(present.get("customers", ()))


def has_column(study: Study, present: Present, role: str, name: str) -> bool:
    """Whether a role's source has a metric of this name, or the suite's own column in its file."""
    source = study.source_of(role)
    if source is None:
        return False
    return name in {m.name for m in study.metrics_of(source.name)} or name in present.get(role, ())


def unmet_needs(study: Study, needs: Iterable[tuple[str, ...]], present: Present) -> list[str]:
    """The needs of a model that a study does not meet, in words; empty where it can be built.

    needs : each a choice of words, of which one must be there: a role, role.column, `contract` or `revenue`.
    """
    lacking = [choice for choice in needs if not any(_is_met(study, word, present) for word in choice)]
    words = [[_in_words(word) for word in choice] for choice in lacking]
    return [f"either {' or '.join(choice)}" if len(choice) > 1 else choice[0] for choice in words]


def _is_met(study: Study, word: str, present: Present) -> bool:
    if word == "contract":
        return has_contract(present)
    if word == "revenue":
        return revenue_metric(study) is not None
    role, dot, column = word.partition(".")
    return has_column(study, present, role, column) if dot else study.source_of(role) is not None


def _in_words(word: str) -> str:
    if word == "contract":
        return "joined_on and left_on of customers"
    if word == "revenue":
        return "a metric of transactions that is summed"
    role, dot, column = word.partition(".")
    return f"{column} of {role}" if dot else f"a source of {role}"
