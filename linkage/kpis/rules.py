"""The rules by which business KPIs are counted: gaps, windows and targets, each printed beside its figure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KpiRules:
    """What a business decides, and no formula can.

    gap_days : without a contract, who has not bought for this long counts as gone.
    gaps_compared : the same with other gaps, because such a churn is a definition and not a fact.
    spell_days : how far back the waits until the next purchase begin.
    repeat_purchase_days : a first purchase is repeated if another day's follows within this.
    repeat_contact_days : a contact is resolved if none on the same topic follows within this.
    target_hours : a first answer in time comes within this, by the clock and not by opening hours.
    answer_days : an invitation is answered if the answer comes within this.
    flags : metrics of the contacts, by these names, whose share is a KPI.
    """

    gap_days: int = 90
    gaps_compared: tuple[int, ...] = (60, 90, 180)
    spell_days: int = 365
    repeat_purchase_days: int = 90
    repeat_contact_days: int = 14
    target_hours: int = 24
    answer_days: int = 30
    flags: tuple[str, ...] = ("is_resolved", "is_reopened", "is_failure_demand", "is_abandoned")


RULES = KpiRules()
