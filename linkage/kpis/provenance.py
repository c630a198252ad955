"""How was a KPI come by: taken as the company recorded it, or derived, and then from what and over how long?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.kpis.needs import FIRST, FLAGS
from linkage.sentences import capital

if TYPE_CHECKING:
    from linkage.kpis.definitions import Kpi
    from linkage.study import Study

RESOLUTION = "resolution_hours"
RECORDED = (*FLAGS, FIRST, RESOLUTION, "handle_minutes")
"""Metrics of the contacts that a KPI takes as they are."""
BY_REGISTER = "from dates in the register, as recorded"
BY_BUYING = "derived from purchases, {gap_days}"

BASES = {
    "retention_rate": "{presence_basis}",
    "churn_rate": "{presence_basis}",
    "lapse_rate": "derived from purchases, by gap",
    "revenue_retention_net": "derived from purchases of two periods",
    "revenue_retention_gross": "derived from purchases of two periods",
    "repeat_purchase_share": "derived from purchases, {repeat_purchase_days}",
    "purchase_frequency": "derived from purchases",
    "next_purchase_days": "derived from purchases, {spell_days}",
    "next_purchase_days_naive": "derived from purchases, {spell_days}",
    "first_response_rate": "derived from “{first_response_hours}” as recorded, {target_hours}",
    "first_response_hours": "as recorded in “{first_response_hours}”",
    "resolution_hours": "{resolution_basis}",
    "first_contact_resolution": "derived from contacts, {repeat_contact_days}",
    "recorded_resolution": "as recorded in “{is_resolved}”",
    "reopened_share": "as recorded in “{is_reopened}”",
    "failure_demand_share": "as recorded in “{is_failure_demand}”",
    "abandonment_rate": "as recorded in “{is_abandoned}”",
    "contact_rate": "derived by counting contacts",
    "handle_minutes_median": "as recorded in “{handle_minutes}”",
    "handle_minutes_mean": "as recorded in “{handle_minutes}”",
    "response_rate": "derived from invitations and answers, {answer_days}",
    "revenue_coverage": "derived from purchases and answers",
    "customer_coverage": "derived from purchases and answers",
}
"""By KPI; words in braces are those of linkage.kpis.counting.texts_of."""
OTHER_WAY = {"first_contact_resolution": "recorded_resolution"}
"""A derived KPI, and the one that takes the same matter as it was recorded: the two need not agree."""


def basis_of(kpi: Kpi, texts: dict[str, str]) -> str:
    """Whether a KPI is taken as recorded or derived, from what, and over how long."""
    return BASES[kpi.name].format(**texts)


def in_a_word(basis: str) -> str:
    """A basis for a card: "as recorded", or "derived" with its window where it has one."""
    if not basis.startswith("derived"):
        return "as recorded"
    window = basis.rpartition(", ")[2]
    return f"derived, {window}" if window[:1].isdigit() else "derived"


def defined(kpi: Kpi, texts: dict[str, str]) -> str:
    """The definition of a KPI in this study, with what it was taken from in front."""
    basis = basis_of(kpi, texts)
    return f"{capital(basis)}. {kpi.definition.format(**texts)}"


def basis_texts(study: Study, is_contract: bool, rules: dict[str, str]) -> dict[str, str]:
    """What the bases call a study's recorded metrics, its customers and the time to resolution."""
    labels = {name: study.metrics[name].label if name in study.metrics else name for name in RECORDED}
    resolved = f"as recorded in “{labels[RESOLUTION]}”"
    return {
        **labels,
        "presence_basis": BY_REGISTER if is_contract else BY_BUYING.format(**rules),
        "resolution_basis": resolved
        if RESOLUTION in study.metrics
        else "derived from start and end of contacts",
    }
