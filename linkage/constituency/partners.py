"""The links of partners: what they say, and what their customers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.constituency.people import partner_links
from linkage.links import answer_link

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.opening import OpenStudy

NONE_DECLARED = (
    "No link is declared from what partners say. Add a source of role unit_periods with their answers (a metric such "
    "as partner_satisfaction), and a link at grain unit_period to what their customers say."
)


def partner_cards(study: OpenStudy, through: str) -> tuple[LinkCard, ...]:
    """The cards of the declared links of partners, each as asked alone."""
    return tuple(answer_link(study, spec, through) for spec in partner_links(study))
