"""How much does each declared link hang on how it was asked? Its specification curve in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import TableError

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.cards.card_set import CardSet

COLUMNS = (
    "link",
    "specifications",
    "same_sign_share",
    "excludes_zero_share",
    "declared",
    "median",
    "low",
    "high",
)


def specification_curves(cards: CardSet) -> pd.DataFrame:
    """One row a link with a curve: how many other ways of asking there are, and what they gave.

    same_sign_share, excludes_zero_share : of those other ways. declared, median, low, high : standard deviations of the
    outcome for one of the main driver; low and high are the smallest and the largest of the others, no interval.
    Links without a fit in memory or with fewer than four ways to ask have no row.
    Raises TableError for what is no set of cards.
    """
    from linkage.cards.card_set import CardSet

    if not isinstance(cards, CardSet):
        raise TableError(
            f"Curves are read off the cards of a study, as its links() gives them, not {type(cards).__name__}."
        )
    rows = [row for row in map(_curve, cards.cards) if row]
    return pd.DataFrame(rows, columns=list(COLUMNS)).set_index("link")


def _curve(card: LinkCard) -> tuple | None:
    found = card.parts.attacks.specifications if card.parts else None
    if found is None:
        return None
    frame = found.estimates
    declared = float(frame.loc[frame["declared"], "standard"].iloc[0])
    others = int((frame["counted"] & ~frame["declared"]).sum())
    return (
        card.name, others, found.same_sign, found.shown, declared, found.median, found.smallest, found.largest
    )  # fmt: skip
