"""What a study would need to answer anything, where the files do not hold it."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.measures import FEEDBACK
from linkage.proposing.proposal import LinkProposal, SourceProposal

NEEDS = {
    "feedback": "answers of customers: a number of the customer, a date and a score",
    "interactions": "contacts or deliveries: a number of the customer, a time, and how long or how well it went",
    "transactions": "purchases: a number of the customer, a date and an amount",
}


def _meet(live: Sequence[SourceProposal]) -> bool:
    """Whether answers name the contacts or customers of contacts, of which nothing is measured."""
    by_role = {s.role: s for s in live}
    answers, contacts = by_role.get("feedback"), by_role.get("interactions")
    keys = {"interaction_id", "customer_id"}
    return bool(
        answers
        and contacts
        and "transactions" not in by_role
        and keys & set(answers.mapped) & set(contacts.mapped)
        and not any(m.measure for m in contacts.metrics)
    )


def lacking_words(sources: Sequence[SourceProposal], links: Sequence[LinkProposal]) -> str:
    """Why no link is proposed, and which file would make one possible; "" where there are links."""
    if any(not link.off for link in links):
        return ""
    live = [s for s in sources if not s.off]
    roles = {s.role for s in live}
    if any(s.about == FEEDBACK for s in live):
        roles.add("feedback")
    lacking = [words for role, words in NEEDS.items() if role not in roles]
    there = ", ".join(sorted(s.role for s in live))
    if _meet(live):
        return (
            f"no link is proposed: there are {there}, and they meet, but nothing in them says how long a contact "
            "took or how well it went. Is a column of it not understood? Then declare it under metrics"
        )
    if "feedback" in roles and len(lacking) < 2:
        return f"no link is proposed: there are {there}, and they share no customer, contact or unit that could be seen"
    first = lacking[:1] if "feedback" not in roles else lacking
    return f"no link is proposed: there are {there}. What is needed are {' or '.join(first)}"
