"""What a KPI's SQL model may use of a study, and what it needs that the study lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from types import SimpleNamespace
from typing import TYPE_CHECKING

from linkage.kpis.rules import RULES

if TYPE_CHECKING:
    from linkage.study import Study

Present = dict[str, list[str]]


def kpi_words(study: Study, present: Present) -> dict[str, object]:
    """The rules, and what the study has, as words for the templates of sql/kpi.

    kpi.contract : customers are known from joined_on to left_on. kpi.revenue : the metric money is counted in.
    kpi.flags : the flags of contacts that become shares. kpi.on(role, name) : is there such a metric or column?
    """
    flags = [f for f in RULES.flags if has_column(study, present, "interactions", f)]
    words = SimpleNamespace(
        **{**asdict(RULES), "flags": flags},
        contract=has_contract(present),
        revenue=revenue_metric(study),
        on=lambda role, name: has_column(study, present, role, name),
    )
    return {"kpi": words, "ratio_sums": ratio_sums}


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
