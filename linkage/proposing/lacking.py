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
    if "feedback" in roles and len(lacking) < 2:
        return f"no link is proposed: there are {there}, and they share no customer, contact or unit that could be seen"
    first = lacking[:1] if "feedback" not in roles else lacking
    return f"no link is proposed: there are {there}. What is needed are {' or '.join(first)}"
