"""After how long without a purchase a customer counts as gone: longer than those who stay usually wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.kpis.declared import KpiRules
from linkage.proposing.expressions import moment_sql
from linkage.proposing.intake import Intake
from linkage.proposing.parts import Part
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

FEWEST = 50
"""Waits between purchases below which nothing is said of the usual one."""

MOST = 0.9
"""The share of waits that are usual."""

BEYOND = 1.5
"""So many usual waits without a purchase are a gap."""

STEP = 30
"""Days to which a gap is rounded up."""


@dataclass(frozen=True)
class Gap:
    """The days after which a customer counts as gone. usual : nine in ten waits are at most so many days."""

    days: int
    usual: int

    @property
    def words(self) -> str:
        return (
            f"who has not bought for {self.days} days counts as gone (kpis: gap_days), because nine in ten buy again "
            f"within {self.usual} days: is that how you see it?"
        )


def settle_gap(intake: Intake, sources: Sequence[SourceProposal]) -> Gap | None:
    """The gap of the study's purchases, where the suite's own is shorter than customers usually wait; else None.

    Who pays a premium each quarter would be gone each quarter.
    """
    orders = next((s for s in sources if s.role == "transactions" and not s.off and not s.one_day), None)
    bought = [sql for p in orders.parts if (sql := _bought(p))] if orders else []
    if not bought:
        return None
    count, usual = intake.rows(
        f"with bought as ({' union '.join(bought)}), "
        "waits as (select date_diff('day', lag(day) over (partition by who order by day), day) as wait from bought "
        "where who <> '' and day is not null) "
        f"select count(wait), quantile_disc(wait, {MOST}) from waits"
    )[0]
    if count < FEWEST or usual < KpiRules().gap_days:
        return None
    return Gap(math.ceil(usual * BEYOND / STEP) * STEP, usual)


def _bought(part: Part) -> str:
    """Who bought on which day, as a part tells it; "" where it does not."""
    who, at = part.mapped.get("customer_id"), part.mapped.get("purchased_at")
    look = part.look(at) if at else None
    if not who or look is None:
        return ""
    moment = moment_sql(look) if look.is_date else f"try_cast({at.sql} as timestamp)"
    customer = who.sql or name_sql(who.theirs)
    return f"select {customer} as who, cast({moment} as date) as day from {part.facts.table.view}"
