"""The links of partners: what they say, and what their customers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.constituency.people import partner_links
from linkage.linking.surroundings import Lookout
from linkage.links import declared_card

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.opening import OpenStudy

NONE_DECLARED = (
    "No link is declared from what partners say. Add a source of role unit_periods with their answers (a metric such "
    "as partner_satisfaction), and a link at grain unit_period to what their customers say."
)


def partner_cards(study: OpenStudy, through: str) -> tuple[LinkCard, ...]:
    """The cards of the declared links of partners, each as asked alone: where the family was asked before, recalled."""
    lookout = Lookout(study, through)
    return tuple(declared_card(study, spec.name, through, lookout) for spec in partner_links(study))
