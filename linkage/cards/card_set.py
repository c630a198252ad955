"""The cards of several links, judged as one family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from linkage.cards.card import LinkCard, column_of, driver_name
from linkage.checks import FAIL, NOT_ASSESSED, REVIEW
from linkage.errors import LinkError
from linkage.ladder import COUNTED, LINKED, UNSAFE
from linkage.linking.finding import TOPICS, topic_of
from linkage.publishing import FINDINGS_MIME, Published
from linkage.results import Result
from linkage.sentences import in_words

if TYPE_CHECKING:
    from linkage.cards.gallery import Gallery
    from linkage.plots import Picture

_TABLE = ["link", "driver", "estimate", "low", "high", "q_value", "n", "clusters", "level", "verdict"]


@dataclass(frozen=True, eq=False, repr=False)
class CardSet(Result):
    """The cards of several links, judged as one family.

    cards : in the order declared. family_size : estimates over which false discoveries are controlled.
    """

    cards: tuple[LinkCard, ...]
    family_size: int
    topic: str | None = None

    def __getitem__(self, name: str) -> LinkCard:
        found = {card.name: card for card in self.cards}
        if name not in found:
            near = get_close_matches(str(name), list(found), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise LinkError(f"There is no link {name!r} here.{hint} There are: {', '.join(found) or 'none'}.")
        return found[name]

    def __iter__(self) -> Iterator[LinkCard]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)

    def about(self, topic: str | None) -> CardSet:
        """The cards of one topic: operations, money, units or people; all for None."""
        if topic is None:
            return self
        if topic not in TOPICS:
            raise LinkError(f"There is no topic {topic!r}: choose one of {', '.join(TOPICS)}.")
        return CardSet(
            tuple(c for c in self.cards if topic_of(c.spec, c.columns) == topic), self.family_size, topic
        )

    def to_frame(self) -> pd.DataFrame:
        frames = [card.estimates.assign(link=card.name, level=card.level) for card in self.cards]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """One row an estimate: link, driver, estimate, interval, q-value, n, level and verdict."""
        rows = []
        for card in self.cards:
            frame = card.table(decimals).reset_index()
            frame.insert(0, "link", card.name)
            frame["n"], frame["clusters"], frame["level"] = card.n_used, card.clusters, card.level
            rows.append(frame[_TABLE])
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=_TABLE)

    def checks(self) -> pd.DataFrame:
        """Every check of every card that is not a PASS, worst first; links in words and drivers by their labels."""
        order = {FAIL: 0, REVIEW: 1, NOT_ASSESSED: 2}
        rows = [
            {"link": in_words(card.name), **check.to_row(), "name": _check_read(card, check.name)}
            for card in self.cards
            for check in card.battery
            if check.verdict in order
        ]
        columns = ["link", "name", "verdict", "value", "limit", "advice"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.sort_values("verdict", key=lambda v: v.map(order), kind="stable", ignore_index=True)

    def doubts(self) -> pd.DataFrame:
        """The checks that failed or ask for a look, worst first."""
        frame = self.checks()
        return frame[frame["verdict"].isin((FAIL, REVIEW))].reset_index(drop=True)

    def summary(self) -> str:
        if not self.cards:
            return "This study declares no such link."
        return "\n".join(f"- {card.spec.question} {card.summary()}" for card in self.cards)

    def ladders(self, decimals: int = 4) -> pd.DataFrame:
        """Every link, in words, on every rung that could be computed: one row a link and rung."""
        frames = [card.ladder(decimals).reset_index().assign(link=in_words(card.name)) for card in self.cards]
        columns = ["link", "what", "level", "order", "estimate", "low", "high", "n"]
        if not frames:
            return pd.DataFrame(columns=columns)
        every = pd.concat(frames, ignore_index=True)
        return every.loc[every["status"] == "shown", columns].reset_index(drop=True)

    def pictures(self, *kinds: str) -> Gallery:
        """Each card's pictures under its question: ladder and shape, or the kinds named."""
        from linkage.cards.gallery import gallery_of

        return gallery_of(self.cards, kinds or ("ladder", "shape"))

    def plot(self) -> Picture:
        from linkage.plots import draw_estimates

        return draw_estimates(self.cards)

    def counts(self) -> pd.DataFrame:
        """How many links came out how: one row a verdict, one column a level; what is not to be used has none."""
        frame = pd.DataFrame(
            [(c.counted, "no level" if c.verdict == UNSAFE else c.level) for c in self.cards],
            columns=["verdict", "level"],
        )
        return frame.groupby(["verdict", "level"]).size().unstack(fill_value=0) if len(frame) else frame

    def open_questions(self) -> pd.DataFrame:
        """What is not known: estimates that show no link, cannot be used or were not assessed, and why."""
        rows = [
            {"link": in_words(card.name), "verdict": word, "sentence": sentence}
            for card in self.cards
            for word, sentence in zip(card.counted_rows(), card.estimates["sentence"], strict=True)
            if word != LINKED
        ]
        return pd.DataFrame(rows, columns=["link", "verdict", "sentence"])

    def headline(self) -> str:
        """How many links were asked, and how many came out how, in one sentence."""
        found = [card.counted for card in self.cards]
        said = [f"{found.count(word)} {word}" for word in COUNTED if word in found]
        return (
            f"Of {len(found)} declared links, {', '.join(said)}; false discoveries are controlled over "
            f"{self.family_size} estimates."
            if found
            else "This study declares no links."
        )

    def findings(self) -> list[dict[str, object]]:
        return [row for card in self.cards for row in card.findings()]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/html": "".join(c._repr_html_() for c in self.cards), "text/plain": self.summary()}

    def publish(self) -> Published:
        """The findings for the report: shown as a table in a notebook, and carried along as data."""
        return Published(FINDINGS_MIME, tuple(self.findings()), self.as_read())

    def as_read(self) -> pd.DataFrame:
        """The table as a reader meets it: links in words and drivers by their labels."""
        frame = self.table()
        drivers = [(card, *pair) for card in self.cards for pair in _drivers(card)]
        frame["link"] = [in_words(name) for name in frame["link"]]
        frame["driver"] = [driver_name(column_of(card, name).label, of) for card, name, of in drivers]
        return frame


def _check_read(card: LinkCard, name: str) -> str:
    """A check's name; that of one driver of several, "power (rating_shop)", with the driver's label."""
    check, about, rest = name.partition(" (")
    driver, colon, category = rest.removesuffix(")").partition(":")
    if driver not in card.spec.drivers:
        return name
    return f"{check}{about}{column_of(card, driver).label}{colon}{category})"


def _drivers(card: LinkCard) -> zip[tuple[str, object]]:
    return zip(card.estimates["driver"], card.estimates["category"], strict=True)
