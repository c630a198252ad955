"""What is a point worth? One unit of each driver whose link ends in money, a customer and year."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from linkage.ladder import LINKED, VERBS, verb_of
from linkage.memory import kept
from linkage.precision import check_draws
from linkage.publishing import Published
from linkage.results import Result
from linkage.sentences import capital, in_words, number
from linkage.worth.bridge import cross_bridge
from linkage.worth.declared import Scenario
from linkage.worth.draws import DRAWS
from linkage.worth.ending import ends_in_money
from linkage.worth.figures import ASSUMED, MoneyFigure, publish_money
from linkage.worth.result import UNIT

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

LABEL_WIDTH = 46
WORDS = ("step", "extended", "what")
NOTHING = (
    "No declared link ends in money of customers. What would: a source of transactions with a sum of money, and a link "
    "whose outcome is what customers spend afterwards (<metric>_after), their leaving (is_lost) or a unit's growth."
)


@dataclass(frozen=True, eq=False, repr=False)
class PointValues(Result):
    """What one unit of each driver is worth, undiscounted, once the link's lag has passed.

    estimates : one row a link and driver: estimate, std_error, low, high (margin a customer and year), level, basis,
        verdict (of the link), all_customers (times the customers there are), currency, n; step, extended and what: of
        which step it is, how it comes to a year, and both in words.
    skipped : links that end in money but carry none, and why.
    """

    estimates: pd.DataFrame
    skipped: pd.DataFrame
    counted: str
    currency: str
    people: int
    period: str
    confidence: float

    def summary(self) -> str:
        if self.estimates.empty:
            return (
                NOTHING if self.skipped.empty else f"No point was valued: {'; '.join(self.skipped['reason'])}"
            )
        return "\n".join(
            f"- {self._sentence(row)}" for row in self.estimates.reset_index().to_dict("records")
        )

    def _sentence(self, row: dict[str, object]) -> str:
        return (
            f"{capital(row['step'])} {verb_of_money(row)} {number(row['estimate'])} {self.currency} of "
            f"{self.counted} a customer and year, {row['extended']} ({self.confidence:.0%} interval "
            f"{number(row['low'])} to {number(row['high'])}; "
            f"{row['level']}, {row['basis']}, link “{in_words(row['link'])}”, n = {row['n']:,})."
            f"{_not_shown(row)}"
        )

    def headline(self) -> str:
        """The largest amount whose link is shown, in one sentence; all of them are in the summary."""
        rows = self.estimates.reset_index()
        rows = rows[rows["verdict"] == LINKED]
        if rows.empty:
            return (
                "No link that ends in money is shown: no point is worth a sum."
                if len(self.estimates)
                else self.summary()
            )
        largest = rows.loc[rows["estimate"].abs().idxmax()].to_dict()
        among = f"Of {len(rows)} amounts whose link is shown, the largest: " if len(rows) > 1 else ""
        return f"{among}{self._sentence(largest)}"

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The figures for reading, without the words that stand in their sentences."""
        return super().table(decimals).drop(columns=list(WORDS))

    def figures(self) -> list[MoneyFigure]:
        return [
            MoneyFigure(
                figure="a point, a customer and year",
                **{c: float(row[c]) for c in ("estimate", "low", "high")},
                currency=self.currency,
                horizon="a year",
                level=row["level"],
                basis=row["basis"],
                n=int(row["n"]),
                what=row["what"],
                link_level=row["link_level"],
                group=row["link"],
            )
            for row in self.estimates.reset_index().to_dict("records")
        ]

    def publish(self) -> Published:
        return publish_money(self.figures(), digits=2)

    def plot(self) -> Picture:
        from linkage.worth.pictures import draw_amounts

        words = [
            "\n".join(wrap(f"{capital(step)}, {extended}", LABEL_WIDTH))
            for step, extended in zip(self.estimates["step"], self.estimates["extended"], strict=True)
        ]
        frame = self.estimates.set_axis(words)
        title = f"One unit more, a customer and year: {self.counted or 'margin'}"
        return draw_amounts(frame, title=title, currency=self.currency)


def verb_of_money(row: dict[str, object]) -> str:
    """The verb an amount may carry: no more than its link shows, and no more than its money is measured.

    row : verdict and link_level of the link, estimate, basis.
    """
    if row["basis"] == ASSUMED or row["verdict"] != LINKED:
        return VERBS["L0"]
    return verb_of(row["link_level"], row["estimate"]) if row["link_level"] < "L4" else "brings"


def _not_shown(row: dict[str, object]) -> str:
    """Why an amount is none to count on; of one whose link is shown, that only the money of it is assumed."""
    if row["verdict"] != LINKED:
        return " The link it rests on is not shown: the amount may be nothing."
    if row["basis"] != ASSUMED:
        return ""
    return f" The link itself is shown ({row['link_level']}): assumed is its money, as no margin is known."


@kept
def value_points(study: OpenStudy, *, period: object, draws: int = DRAWS, seed: int = 0) -> PointValues:
    """What is one unit of each driver worth, for every declared link that ends in money of customers?

    The slope times the margin share (or the margin of a customer kept), a customer and year; whole clusters drawn, so
    slope and margin move together. No reach, no horizon, no discount: nothing is assumed but what is said.
    """
    check_draws(draws)
    rows, skipped, counted, people = [], [], "", 0
    for spec in study.study.links.values():
        if not ends_in_money(study, spec):
            continue
        for driver in spec.drivers:
            asked = Scenario(
                question=f"What is one unit of {driver} worth?", link=spec.name, driver=driver, by=0.0
            )
            answer = cross_bridge(study, spec.name, asked, period=period, draws=draws, seed=seed)
            if answer.reason:
                skipped.append((spec.name, driver, answer.reason))
                continue
            counted, people = answer.counted, answer.people
            rows.append(_row(spec.name, driver, answer))
    names = [
        "link",
        "driver",
        "estimate",
        "std_error",
        "low",
        "high",
        "level",
        "basis",
        "link_level",
        "verdict",
    ]
    frame = pd.DataFrame(rows, columns=[*names, "all_customers", "currency", "n", *WORDS]).set_index(
        ["link", "driver"]
    )
    return PointValues(
        estimates=frame,
        skipped=pd.DataFrame(skipped, columns=["link", "driver", "reason"]),
        counted=counted,
        currency=study.study.declared.currency,
        people=people,
        period=str(period),
        confidence=0.95,
    )


def _row(link: str, driver: str, answer) -> dict[str, object]:
    unit = answer.estimates.loc[UNIT]
    return {
        "link": link,
        "driver": driver,
        **{c: unit[c] for c in ("estimate", "std_error", "low", "high", "level", "basis")},
        "link_level": answer.link_level,
        "verdict": answer.path["verdict"].iloc[-1],
        "all_customers": unit["estimate"] * answer.people,
        "currency": answer.currency,
        "n": int(answer.path["n"].iloc[-1]),
        "step": answer.one_more,
        "extended": answer.extended,
        "what": answer.unit_words,
    }
