"""The answer to a link, as a card: what it says, its table, its checks, and the row it leaves in the findings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from linkage import checks as battery
from linkage.catalogue import FEEDBACK, OPERATIONS, PEOPLE, LinkageColumn
from linkage.checks import Check
from linkage.clock import Clock
from linkage.declaration import LinkSpec
from linkage.errors import LinkError
from linkage.ladder import NOT_JUDGED, UNSAFE, Evidence
from linkage.publishing import FINDINGS_MIME, Published
from linkage.results import Result
from linkage.sentences import p_words

if TYPE_CHECKING:
    from linkage.plots import Picture
    from linkage.refuting import Attacks

TOPICS = ("operations", "money", "units", "people")
NUMBERS = (
    "estimate",
    "std_error",
    "low",
    "high",
    "p_value",
    "df",
    "raw_estimate",
    "raw_low",
    "raw_high",
    "detectable",
)


@dataclass(frozen=True, eq=False, repr=False)
class LinkCard(Result):
    """The answer to a link.

    estimates : one row a driver (or category of it): estimate, std_error, low, high (outcome units per
        driver unit), p_value, q_value (over the declared family), raw_estimate, raw_low, raw_high (the driver
        alone), detectable (the effect seen with 80 % power), verdict, sentence.
    n_used, n_dropped, clusters : rows in the fit, rows lacking a value, groups of `cluster`.
    evidence : level L1 to L5, why, and what would lift it. clock : the order of time.
    checks : the battery, about the link; those of one driver carry its name.
    missing : rows lacking a value, by column.
    exploratory : asked after the data were seen, outside the declared family.
    attacks : what was done to refute its first driver, with the numbers behind it; None without a fit.
    """

    spec: LinkSpec
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    errors: str
    r_squared: float
    confidence: float
    evidence: Evidence
    clock: Clock
    checks: tuple[Check, ...]
    missing: dict[str, int]
    span: str
    columns: dict[str, LinkageColumn]
    reason: str = ""
    exploratory: bool = False
    attacks: Attacks | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def level(self) -> str:
        return self.evidence.level

    @property
    def verdict(self) -> str:
        """The card's one word: that of its drivers if they agree, else linked if any is."""
        words = list(dict.fromkeys(self.estimates["verdict"]))
        order = [UNSAFE, "linked", "no link", NOT_JUDGED]
        return next(word for word in order if word in words)

    def summary(self) -> str:
        return " ".join(self.estimates["sentence"])

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.drop(columns=["sentence"]).copy()

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The estimates for reading: rounded, p-values in words."""
        shown = [
            "driver",
            "estimate",
            "low",
            "high",
            "p_value",
            "q_value",
            "raw_estimate",
            "detectable",
            "verdict",
        ]
        named = [
            _driver_name(*pair)
            for pair in zip(self.estimates["driver"], self.estimates["category"], strict=True)
        ]
        frame = self.estimates[shown].assign(driver=named).set_index("driver")
        for column in ("p_value", "q_value"):
            frame[column] = [p_words(v) for v in frame[column]]
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        return frame

    def check_table(self) -> pd.DataFrame:
        """The verdicts of the battery, one row a check."""
        frame = pd.DataFrame(
            [c.to_row() for c in self.checks], columns=["name", "verdict", "value", "limit", "advice"]
        )
        return frame.set_index("name")

    def plot(self) -> Picture:
        """Each driver's estimate and interval, beside the raw association."""
        from linkage.plots import draw_estimates

        return draw_estimates([self])

    def findings(self) -> list[dict[str, object]]:
        """One row a driver for the report's findings."""
        return [finding_row(self, row) for row in self.estimates.to_dict("records")]

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(s)}</p>" for s in self.estimates["sentence"])
        marks = "".join(
            f"<li>{escape(c.verdict)}: {escape(c.name)}. {escape(c.advice)}</li>" for c in self.checks
        )
        return (
            f'<section class="card"><h4>{escape(self.spec.question)}</h4>{said}'
            f"{self.table().to_html(border=0)}<details><summary>Checks</summary><ul>{marks}</ul></details></section>"
        )


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

    def check_table(self) -> pd.DataFrame:
        """Every check of every card that is not a PASS, worst first."""
        order = {battery.FAIL: 0, battery.REVIEW: 1, battery.NOT_ASSESSED: 2}
        rows = [
            {"link": card.name, **check.to_row()}
            for card in self.cards
            for check in card.checks
            if check.verdict in order
        ]
        columns = ["link", "name", "verdict", "value", "limit", "advice"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.sort_values("verdict", key=lambda v: v.map(order), kind="stable", ignore_index=True)

    def summary(self) -> str:
        if not self.cards:
            return "This study declares no such link."
        return "\n".join(f"- {card.spec.question} {card.summary()}" for card in self.cards)

    def plot(self) -> Picture:
        from linkage.plots import draw_estimates

        return draw_estimates(self.cards)

    def counts(self) -> pd.DataFrame:
        """How many links came out how: one row a verdict, one column a level."""
        frame = pd.DataFrame(
            [(card.verdict, card.level) for card in self.cards], columns=["verdict", "level"]
        )
        return frame.groupby(["verdict", "level"]).size().unstack(fill_value=0) if len(frame) else frame

    def open_questions(self) -> pd.DataFrame:
        """What is not known: estimates that show no link, cannot be used or were not assessed, and why."""
        rows = [
            {"link": card.name, "verdict": row["verdict"], "sentence": row["sentence"]}
            for card in self.cards
            for row in card.estimates.to_dict("records")
            if row["verdict"] != "linked"
        ]
        return pd.DataFrame(rows, columns=["link", "verdict", "sentence"])

    def headline(self) -> str:
        """How many links were asked, and how many came out how, in one sentence."""
        found = [card.verdict for card in self.cards]
        said = [
            f"{found.count(word)} {word}"
            for word in ("linked", "no link", "unsafe", "not assessed")
            if word in found
        ]
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
        return Published(FINDINGS_MIME, tuple(self.findings()), self.table())


_TABLE = ["link", "driver", "estimate", "low", "high", "q_value", "n", "clusters", "level", "verdict"]


def topic_of(spec: LinkSpec, columns: dict[str, LinkageColumn]) -> str:
    """Which notebook a link belongs to: operations, money, units or people."""
    if spec.grain == "unit_period":
        return "units"
    if spec.grain == "employee_period":
        return "people"
    outcome = columns.get(spec.outcome)
    return "operations" if outcome and outcome.origin in (FEEDBACK, OPERATIONS, PEOPLE) else "money"


def finding_row(card: LinkCard, row: dict) -> dict[str, object]:
    """One row of findings: the names are a contract."""
    spec, driver, outcome = card.spec, column_of(card, row["driver"]), column_of(card, card.spec.outcome)
    category = row.get("category")
    # No number stands for what has no bound: JSON has none.
    number = {c: float(row[c]) if math.isfinite(row[c]) else None for c in (*NUMBERS, "q_value")}
    return {
        "link": spec.name,
        "question": spec.question,
        "grain": spec.grain,
        "outcome": spec.outcome,
        "driver": _driver_name(row["driver"], category),
        "outcome_unit": outcome.unit,
        "driver_unit": driver.unit,
        **{c: number[c] for c in ("estimate", "std_error", "low", "high", "p_value", "q_value")},
        "n": card.n_used,
        "clusters": card.clusters,
        "n_dropped": card.n_dropped,
        "level": card.level,
        "verdict": row["verdict"],
        "expected": spec.expect,
        "method": f"{card.method}; {card.errors}" if card.n_used else "none",
        "controls": list(spec.controls),
        "window": card.clock.words,
        "detectable": number["detectable"],
        "sentence": row["sentence"],
        "checks": [c.to_row() for c in card.checks],
        "raw_estimate": number["raw_estimate"],
        "exploratory": card.exploratory,
        "span": card.span,
    }


def _driver_name(driver: str, category: object) -> str:
    return driver if category is None or pd.isna(category) else f"{driver}: {category}"


def label_of(column: LinkageColumn, change: bool) -> str:
    label = column.label if column.label[1:2].isupper() else column.label[:1].lower() + column.label[1:]
    return f"change of {label}" if change else label


def column_of(card: LinkCard, name: str) -> LinkageColumn:
    return card.columns.get(name) or LinkageColumn(name, name.replace("_", " "))
