"""Customers known by their e-mail address: as their key where nothing else numbers them, else as a rule of identity."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.identity.declared import WITH_CUSTOMERS
from linkage.proposing.facts import Facts
from linkage.proposing.intake import Intake
from linkage.proposing.meaning import roles_of_file
from linkage.proposing.overlap import Reference
from linkage.proposing.parts import Mapped
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

EMAIL = "email"


def key_by_address(tables: Sequence[Facts]) -> None:
    """Where no table numbers customers, their addresses are their keys."""
    addressed = [t for t in tables if t.email]
    numbered = [t for t in tables if "customer" in t.keys or _is_register(t)]
    if not addressed or numbered:
        return
    for facts in addressed:
        facts.keys["customer"] = facts.email
        facts.by_overlap[facts.email] = "nothing else tells customers apart"


def _is_register(facts: Facts) -> bool:
    named = any("customers" in roles_of_file(f.path.name.split(".")[0]) for f in facts.table.found)
    return named and facts.keys.get("") in facts.unique


def match_by_address(intake: Intake, sources: Sequence[SourceProposal], refs: Sequence[Reference]) -> str:
    """Declare addresses where customer numbers do not meet, and give the evidence; "" where they do, or none are."""
    live = [s for s in sources if not s.off and s.role in WITH_CUSTOMERS]
    having = [s for s in live if any(_address(p.facts) for p in s.parts)]
    if len(having) < 2 or not _needed(live, refs):
        return ""
    said = []
    for source in having:
        for part in source.parts:
            column = _address(part.facts)
            if column:
                part.columns.append(Mapped(EMAIL, column, "tells who somebody is", attribute=True))
                part.left = [(name, why) for name, why in part.left if name != column]
        said.append(f"{source.name} ({_count(intake, source):,})")
    shared = _shared(intake, having)
    return f"different addresses: {', '.join(said)}; {shared:,} stand in more than one of them"


def _address(facts: Facts) -> str | None:
    """The column of addresses, where it is not the customers' key already."""
    return facts.email if facts.email not in facts.keys.values() else None


def _needed(live: Sequence[SourceProposal], refs: Sequence[Reference]) -> bool:
    if any(s.role == "identities" for s in live):
        return False
    nameless = [s for s in live if s.role != "customers" and "customer_id" not in s.mapped_first]
    views = {p.facts.table.view for s in live for p in s.parts}
    strangers = [
        r
        for r in refs
        if r.entity == "customer" and r.facts.table.view in views and r.overlap.share_stripped < 0.5
    ]
    return bool(nameless or strangers)


def _addresses(source: SourceProposal) -> str:
    return " union ".join(
        f"select lower(trim({name_sql(column)})) as a from {part.facts.table.view}"
        for part in source.parts
        if (column := part.mapped[EMAIL].theirs if EMAIL in part.mapped else None)
    )


def _count(intake: Intake, source: SourceProposal) -> int:
    return intake.rows(f"select count(distinct a) from ({_addresses(source)}) where a <> ''")[0][0]


def _shared(intake: Intake, sources: Sequence[SourceProposal]) -> int:
    all_of = " union all ".join(f"select distinct a from ({_addresses(s)}) where a <> ''" for s in sources)
    return intake.rows(f"select count(*) from (select a from ({all_of}) group by a having count(*) > 1)")[0][
        0
    ]
