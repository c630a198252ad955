"""Customers that no file lists: taken from the rows that name them, with what these say of them."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.intake import Intake
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

STEADY = 0.95
"""The share of customers who always say the same, for a column to be about the customer."""

EVENTS = ("transactions", "interactions", "feedback")
FEWEST = 20


def customers_named(intake: Intake, sources: Sequence[SourceProposal]) -> list[SourceProposal]:
    """A register of the customers that events name, where no file is one and the rows say more than a number."""
    if any(s.role == "customers" for s in sources):
        return []
    for role in EVENTS:
        source = next((s for s in sources if s.role == role and not s.off and len(s.parts) == 1), None)
        part = source.parts[0] if source else None
        if part is None or "customer_id" not in part.mapped or part.facts.table.select:
            continue
        key = part.mapped["customer_id"].theirs
        texts = {t: c for t, c in part.facts.texts().items() if t in ("segment", "region")}
        steady = [
            Mapped(t, c, "the same in each row of a customer")
            for t, c in texts.items()
            if _steady(intake, part, key, c)
        ]
        if steady and part.facts.columns[key].distinct >= FEWEST:
            why = (
                f"no file lists customers; {part.facts.table.shown} names them and says their {steady[0].theirs}",
            )
            made = Part(part.facts, "customers", [Mapped("customer_id", key), *steady])
            return [SourceProposal("customers", "customers", [made], why, grouped=True, by=key)]
    return []


def _steady(intake: Intake, part: Part, key: str, column: str) -> bool:
    if part.facts.columns[column].distinct < 2:
        return False
    found = intake.rows(
        f"select avg((c = 1)::int) from (select count(distinct nullif({name_sql(column)}, '')) as c "
        f"from {part.facts.table.view} where {name_sql(key)} <> '' group by {name_sql(key)})"
    )
    return (found[0][0] or 0) >= STEADY
