"""The answer to a scenario: its figures, inputs, tornado and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.ladder import LINKED, OPEN, VERBS, verb_of
from linkage.publishing import Published
from linkage.results import Result
from linkage.sentences import capital, in_sentence, in_words, is_share, number, outcome_amount
from linkage.value.money import horizon_words
from linkage.worth.figures import ASSUMED, ESTIMATED, MoneyFigure, publish_money

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture
    from linkage.worth.declared import Scenario
    from linkage.worth.moving import Move

UNIT, OUTCOME, BENEFIT, COST, NET = (
    "one unit more, a customer and year",
    "what the last outcome moves by",
    "benefit",
    "cost",
    "net present value",
)
EXPECTED = ("benefit", "cost", "net")
"""What holds assumed ranges, so that the mean of its draws is what is expected of it."""
NAMES = {"unit": UNIT, "outcome": OUTCOME, "benefit": BENEFIT, "cost": COST, "net": NET}


@dataclass(frozen=True, eq=False, repr=False)
class Bridge(Result):
    """What a scenario is worth.

    estimates : rows "one unit more, a customer and year" (margin, of a customer reached), "what the last outcome moves
        by" (no money), and over the horizon, discounted: "benefit", "cost", "net present value". Columns estimate (of
        the last three what is expected: the mean of the draws), stated (with every input as stated or estimated),
        std_error, low, high (at `confidence`), p5, p50, p95, level (L0 where an assumption is in it), basis.
    inputs : what went in, estimated or assumed; tornado : what each does to the net value. path : the chain's links.
    stages : what the mean of each stage should move by. draws : benefit, cost and net value of each draw.
    p_break_even : share of draws with a net value of 0 or more.
    level : the lowest of the links. move : of the driver. people : customers there are, of the segment.
    counted : what the money is (margin, revenue). extended : how that of a period or window comes to a year, in words.
    reason : why nothing was valued; empty where it was.
    """

    name: str
    question: str
    estimates: pd.DataFrame
    inputs: pd.DataFrame
    tornado: pd.DataFrame
    path: pd.DataFrame
    stages: pd.DataFrame
    draws: pd.DataFrame
    currency: str
    horizon: float
    period: str
    confidence: float
    p_break_even: float = float("nan")
    level: str = ""
    move: Move | None = None
    driver: str = ""
    driver_label: str = ""
    driver_unit: str = ""
    people: int = 0
    segment: str = ""
    counted: str = ""
    extended: str = ""
    clusters: int = 0
    reason: str = ""

    @property
    def label(self) -> str:
        """What a reader calls the scenario: its declared name in words."""
        return capital(in_words(self.name))

    @property
    def moved(self) -> str:
        """What is moved by how much, in words; nothing where nothing was valued."""
        by = "" if self.move is None else outcome_amount(self.move.by, self.driver_unit)
        return f"{self.driver_label} by {by}".rstrip() if by else ""

    @property
    def is_shown(self) -> bool:
        """Whether every link it runs through is shown: where one is not, its money is assumed."""
        return bool((self.path["verdict"] == LINKED).all())

    @property
    def link_level(self) -> str:
        """How its links stand: the lowest of their levels, or that one of them is not shown."""
        return self.level if self.is_shown else OPEN

    @property
    def break_even_cost(self) -> float:
        """The present cost at which the scenario would just pay: the benefit that is expected."""
        return float(self.estimates.loc[BENEFIT, "estimate"]) if not self.reason else np.nan

    @property
    def horizon_words(self) -> str:
        return horizon_words(self.horizon, "year")

    @property
    def assumed(self) -> pd.DataFrame:
        """The assumed inputs (L0), for a table of their own."""
        rows = self.inputs[self.inputs["basis"] == ASSUMED]
        return rows[["value", "low", "high", "unit", "level", "source"]]

    @property
    def estimated(self) -> pd.DataFrame:
        """The estimated inputs."""
        rows = self.inputs[self.inputs["basis"] == ESTIMATED]
        return rows[["value", "low", "high", "unit", "level", "source"]]

    def summary(self) -> str:
        if self.reason:
            return f"{self.question} Not valued. {self.reason}"
        net, unit = self.estimates.loc[NET], self.estimates.loc[UNIT]
        return (
            f"{self.question} Moving {in_sentence(self.moved)}: expected net present value {self._money(net)} over "
            f"{self.horizon_words} ({number(net.stated)} with every input as stated; 5 to 95 %: {number(net.p5)} to "
            f"{number(net.p95)}); it breaks even in {self.p_break_even:.0%} of the draws, and would up to a cost of "
            f"{number(self.break_even_cost)} {self.currency}. L0, assumed in part: {self._assumptions()}. "
            f"{self._standing()}: {self.one_more} {self._verb(unit)} {self._money(unit)} of {self.counted} a customer "
            f"and year ({self.extended}), which is {unit.basis}. Not shown: that moving the driver would bring it "
            f"about. (n = {self.people:,} customers{self._segment()}, {self.period}; {self.clusters:,} clusters "
            "drawn whole.)"
        )

    def _standing(self) -> str:
        """How the links stand; a level is said of what is shown alone."""
        if self.is_shown:
            return f"The links it runs through stand at {self.level}"
        return "A link it runs through is not shown, so this may be nothing"

    def _verb(self, unit: pd.Series) -> str:
        """The verb the money of one unit more may carry."""
        if not self.is_shown:
            return VERBS["L0"]
        return verb_of(self.level, unit.estimate) if self.level < "L4" else "brings"

    def _segment(self) -> str:
        return f" where {self.segment}" if self.segment else ""

    def _assumptions(self) -> str:
        rows = self.inputs[(self.inputs["basis"] == ASSUMED) & ~self.inputs["part"].str.startswith("slopes")]
        named = [name.split(",")[0] for name in rows.index if name != "all of the cost"]
        return ", ".join(dict.fromkeys(named)) + ", and that the move lasts"

    def _money(self, row: pd.Series) -> str:
        return (
            f"{number(row.estimate)} {self.currency} ({self.confidence:.0%} interval {number(row.low)} to "
            f"{number(row.high)})"
        )

    def figures(self) -> list[MoneyFigure]:
        """The scenario's figures for the report; none where nothing was valued."""
        if self.reason:
            return []
        words = {
            UNIT: self.unit_words,
            BENEFIT: f"present {self.counted} of the scenario",
            COST: "present cost of the scenario",
            NET: "present benefit less present cost, as expected: the mean of the draws",
        }
        rows = self.estimates.loc[list(words)]
        return [self._figure(name, row, words[name]) for name, row in rows.iterrows()]

    @property
    def unit_words(self) -> str:
        """What the figure of one unit more is: of what, of whom, for which step, and how it comes to a year."""
        return f"{self.counted} a customer and year for {self.one_more}, {self.extended}"

    @property
    def one_more(self) -> str:
        """The step of one unit of the driver, in words; a share has none that is said of its whole range."""
        unit = "" if is_share(self.driver_unit) else self.driver_unit
        return f"one {unit or 'unit'} more of {in_sentence(self.driver_label)}"

    def _figure(self, name: str, row: pd.Series, what: str) -> MoneyFigure:
        horizon = "a year" if name == UNIT else self.horizon_words
        return MoneyFigure(
            figure=name,
            estimate=float(row["estimate"]),
            low=float(row["low"]),
            high=float(row["high"]),
            currency=self.currency,
            horizon=horizon,
            level=row["level"],
            basis=row["basis"],
            n=self.people,
            what=what,
            link_level=self.link_level,
            group=self.name,
            chance=float(self.p_break_even) if name == NET else None,
        )

    def publish(self) -> Published:
        return publish_money(self.figures(), digits=2)

    def plot(self) -> Picture:
        """What matters most: the net value with each input at the ends of its range."""
        from linkage.worth.pictures import draw_tornado

        return draw_tornado(self)


def bridge_estimates(
    columns: dict[str, np.ndarray], confidence: float, level: str, is_assumed: bool
) -> pd.DataFrame:
    """The rows of a bridge from its draws (1 + D,), the sample first.

    Of money that rests on assumed ranges the estimate is what is expected, the mean of the draws. Where ranges are
    lopsided or what they are of is bent, the value at the inputs as stated is another (Jensen 1906, Acta Mathematica
    30, p. 175). level : of the links; L0 where one is not shown, and then everything is assumed.
    """
    tail = (1 - confidence) / 2
    rows = []
    for name, values in columns.items():
        drawn = values[1:]
        ends = np.quantile(drawn, [tail, 1 - tail, 0.05, 0.50, 0.95])
        earned = level != "L0" and (name == "outcome" or (name == "unit" and not is_assumed))
        standing = (level, ESTIMATED) if earned else ("L0", ASSUMED)
        expected = drawn.mean() if name in EXPECTED else values[0]
        rows.append((NAMES[name], expected, values[0], drawn.std(ddof=1), *ends, *standing))
    names = ["figure", "estimate", "stated", "std_error", "low", "high", "p5", "p50", "p95", "level", "basis"]
    return pd.DataFrame(rows, columns=names).set_index("figure")


def refused_bridge(
    study: OpenStudy, name: str, scenario: Scenario, period: str, reason: str, confidence: float
) -> Bridge:
    """A scenario that was not valued, and why."""
    from linkage.worth.inputs import COLUMNS as INPUTS
    from linkage.worth.tornado import COLUMNS as TORNADO

    empty = pd.DataFrame(
        np.nan,
        index=pd.Index(NAMES.values(), name="figure"),
        columns=["estimate", "stated", "std_error", "low", "high", "p5", "p50", "p95"],
    )
    path = ["link", "from", "to", "estimate", "low", "high", "level", "verdict", "n"]
    stages = ["kind", "grain", "column", "effect", "std_error", "lag"]
    return Bridge(
        name=name,
        question=scenario.question,
        estimates=empty.assign(level="", basis=""),
        inputs=pd.DataFrame(columns=INPUTS).set_index("input"),
        tornado=pd.DataFrame(columns=TORNADO).set_index("input"),
        path=pd.DataFrame(columns=path).set_index("link"),
        stages=pd.DataFrame(columns=stages).set_index("kind"),
        draws=pd.DataFrame(columns=["benefit", "cost", "net"], dtype=float),
        currency=study.study.declared.currency,
        horizon=scenario.horizon or study.study.declared.value.horizon,
        period=period,
        confidence=confidence,
        reason=reason,
    )
