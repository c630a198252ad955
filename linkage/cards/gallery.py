"""The pictures of several cards under their questions, as one thing to show."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from linkage.cards.card import LinkCard
from linkage.plots import Picture


@dataclass(frozen=True)
class Gallery:
    """Pictures by question, in order."""

    pictures: tuple[tuple[str, Picture], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{title}: {picture.alt}" for title, picture in self.pictures) or "No picture."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        parts, last = [], None
        for title, picture in self.pictures:
            parts.append(f"<h4>{escape(title)}</h4>" if title != last else "")
            parts.append(picture._repr_mimebundle_()["text/html"])
            last = title
        return {"text/html": "".join(parts), "text/plain": repr(self)}


def gallery_of(cards: tuple[LinkCard, ...], kinds: tuple[str, ...]) -> Gallery:
    """The pictures of every card that has an estimate; kinds : see LinkCard.plot."""
    drawn = [(card, card.plot(kind)) for card in cards if card.n_used for kind in kinds]
    return Gallery(tuple((card.spec.question, picture) for card, picture in drawn if "<path" in picture.svg))
