"""Which challenge shall a review begin with? The one asked for, else the best founded link without its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.ladder import LINKED
from linkage.results import Result
from linkage.reviewing.challenging import Challenge, challenge
from linkage.wrong_use import require_open

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.cards.card_set import CardSet
    from linkage.opening import OpenStudy
    from linkage.plots import Picture


@dataclass(frozen=True, eq=False, repr=False)
class ReviewChallenge(Result):
    """A challenge as a review shows it. found : None where no link has an estimate; then why says so."""

    found: Challenge | None
    why: str = ""

    def to_frame(self) -> pd.DataFrame:
        return self.found.to_frame() if self.found else pd.DataFrame(columns=["driver", "asked"])

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The published estimates beside the challenged ones."""
        return self.found.table(decimals) if self.found else self.to_frame().set_index(["driver", "asked"])

    def summary(self) -> str:
        return self.found.summary() if self.found else self.why

    def plot(self) -> Picture:
        """The specification curve of the challenged link: every reasonable choice at once."""
        from linkage.plots import nothing_to_draw

        return self.found.published.plot("specifications") if self.found else nothing_to_draw(self.why)


def first_challenge(
    study: OpenStudy,
    *,
    period: object = None,
    link: str = "",
    window: int = 0,
    drop_controls: Sequence[str] = (),
    exclude: Mapping[str, object] | None = None,
) -> ReviewChallenge:
    """A challenge with what a review leaves open filled in, so that every study begins with one.

    link : "" takes the linked link of the highest level that holds something fixed, else the first with an estimate.
    window : 0 leaves it. Where nothing is changed, all that is held fixed is let go; where nothing is held fixed, the
    first period is left out. Raises LinkError as `challenge` does.
    """
    require_open(study, "first_challenge")
    cards = study.links(period=period)
    card = cards[link] if link else _best_founded(cards)
    if card is None:
        return ReviewChallenge(None, "No declared link has an estimate: there is nothing to challenge.")
    changes = {
        "drop_controls": tuple(drop_controls),
        "exclude": dict(exclude or {}),
        "window": window or None,
    }
    if not any(changes.values()):
        changes["drop_controls"] = card.spec.controls
        changes["exclude"] = {} if card.spec.controls else {"period": study.periods[0]}
    return ReviewChallenge(challenge(study, card.name, period=period, **changes))


def _best_founded(cards: CardSet) -> LinkCard | None:
    made = [card for card in cards.cards if card.n_used]
    linked = [card for card in made if card.verdict == LINKED and card.spec.controls]
    return max(linked, key=lambda card: card.level) if linked else next(iter(made), None)
