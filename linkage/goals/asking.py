"""Every operational metric of a study asked for its goal, and judged as one family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.parts.correcting import holm
from linkage.errors import LinkageError, LinkError, TooFewRowsError
from linkage.goals.fitting import Fitted, fit_metric
from linkage.goals.promise import PromiseEffect, promise_effect
from linkage.goals.questions import Question, questions_of, rules_of
from linkage.goals.reach import reach_by
from linkage.goals.reading import goals_table, groups_table, ways_table
from linkage.goals.rows import asked_rows, fitted_rows, last_rows
from linkage.goals.settled import Settled, settle
from linkage.linking.multiplicity import adjust_p_values
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.results import Result

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.cards.card_set import CardSet
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

COLUMNS = [
    *(
        "label",
        "unit",
        "outcome",
        "outcome_label",
        "outcome_unit",
        "grain",
        "declared",
        "form",
        "found",
        "kind",
    ),
    "direction",
    *("estimate", "std_error", "low", "high"),
    *("slope", "slope_low", "slope_high", "detectable"),
    *("slope_before", "slope_before_low", "slope_before_high"),
    *("slope_after", "slope_after_low", "slope_after_high"),
    *("p_link", "p_link_adjusted", "p_value", "p_adjusted"),
    *("share", "share_low", "share_high", "gain", "gain_low", "gain_high"),
    *("n", "clusters", "n_last", "now", "now_median", "beyond", "level", "sentence"),
]
WAYS = [
    *(
        "metric",
        "label",
        "way",
        "goal",
        "low",
        "high",
        "unit",
        "stated",
        "found",
        "basis",
        "level",
        "sentence",
    ),
]


@dataclass(frozen=True, eq=False, repr=False)
class OperationalGoals(Result):
    """How good each operational metric must be, or why no value of it is a goal.

    estimates : one row a metric. form : straight, bent, curved, steps, flat or not assessed. kind : break, target,
        optimum or none. direction : at most or at least. estimate with std_error, low, high : the goal, in the
        metric's unit. slope : of the straight line (outcome units per unit); slope_before, slope_after : either side
        of a bend. p_link : of no link at all, p_link_adjusted : over all metrics (declared pairs Benjamini and Hochberg
        1995, others Holm 1979); p_value : of no turn, corrected for the search, p_adjusted : over all metrics too
        (Holm). share : of the last period's contacts beyond the goal; gain : outcome units, over all of them, if none
        were. n : rows fitted; n_last : contacts of the last period, now and now_median : where they stand, beyond :
        how many lie beyond the goal. found : what stands in for a goal, or what the turn looks like.
    ways : one row a metric and way (break, target, optimum), with what was stated and on what it rests.
    bands : the outcome in bands of each metric. by_unit, by_channel : share and gain of each group that may be shown.
    promise : kept, broken, exceeded. curves : the fitted outcome along each metric. missing : what the study lacks.
    """

    estimates: pd.DataFrame
    ways: pd.DataFrame
    bands: pd.DataFrame
    by_unit: pd.DataFrame
    by_channel: pd.DataFrame
    promise: PromiseEffect
    curves: Mapping[str, pd.DataFrame]
    missing: tuple[str, ...]
    period: str
    confidence: float

    def headline(self) -> str:
        """Which metrics have a goal, in a few words; the reasons are in the summary."""
        from linkage.goals.answer import short_answer

        return short_answer(self.estimates, period=self.period, confidence=self.confidence)

    def summary(self) -> str:
        said = [f"- {sentence}" for sentence in self.estimates["sentence"]]
        said += [f"- {self.promise.summary()}"] if len(self.estimates) or not self.promise.reason else []
        said += [f"- {words}" for words in self.missing]
        return "\n".join(said)

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The goals for reading, one row a metric."""
        return goals_table(self.estimates, decimals)

    def three_ways(self, decimals: int = 3) -> pd.DataFrame:
        """The goal of each metric by its turn, by the stated target and by cost, with the reasoning."""
        return ways_table(self.ways, decimals)

    def farthest(self, most: int = 5, decimals: int = 3) -> pd.DataFrame:
        """Of each metric with a goal the units that miss it most, at most so many; all are in `by_unit`."""
        first = self.by_unit if self.by_unit.empty else self.by_unit.groupby("metric", sort=False).head(most)
        return groups_table(first, "unit_id", self.estimates["label"], decimals)

    def channels(self, decimals: int = 3) -> pd.DataFrame:
        """Of each metric with a goal how far every channel misses it."""
        return groups_table(self.by_channel, "channel", self.estimates["label"], decimals)

    def plot(self, metric: str | None = None) -> Picture:
        """Bands with intervals and the fitted outcome, the goal marked; of all metrics, or of one."""
        from linkage.goals.drawing import draw_goal, draw_goals

        return draw_goals(self) if metric is None else draw_goal(self, metric)


@dataclass(frozen=True, eq=False)
class Asked:
    """A metric with its fit, or the reason why there is none. rows : of the last period."""

    question: Question
    fitted: Fitted | None
    rows: pd.DataFrame
    reason: str = ""


@kept
def operational_goals(
    study: OpenStudy,
    *,
    period: object,
    seed: int = 0,
    confidence: float = 0.95,
    cards: CardSet | None = None,
) -> OperationalGoals:
    """How good must service be for customers to be satisfied, metric by metric?

    period : the last one; rows through it are fitted, its own contacts are counted against the goal. cards : of the
    declared links, for their evidence levels (default: answered through the period).

    Each operational metric is asked with the outcome of its declared link, its controls held fixed; else with the
    study's usual outcome, the kind of contact and the period held fixed, and only where it says something beyond the
    metrics that are declared. A break by profile likelihood with a test that pays for the search (see
    `linkage.cards.parts`), corrected over all metrics; a goal never lies outside of what was seen.
    StudyError where `goals` of study.yml names what is not there. Without operational metrics it says what is missing.
    """
    from linkage.cards.card_set import CardSet

    check_confidence(confidence)
    if cards is not None and not isinstance(cards, CardSet):
        raise LinkError(
            f"cards are those of the declared links, study.links(period=...), or None; not {cards!r}."
        )
    through = study.check_period(period)
    rules = rules_of(study)
    asked = [
        _ask(study, ways, through, seed=seed, confidence=confidence)
        for ways in questions_of(study, rules).values()
    ]
    levels = _levels(study, asked, through, cards)
    settled = _settled(study, asked, levels, through, seed=seed, confidence=confidence)
    fewest = study.study.declared.minimum_group
    return OperationalGoals(
        estimates=_estimates(settled),
        ways=pd.DataFrame([row for s in settled for row in s.way_rows()], columns=WAYS),
        bands=_stacked({s.name: s.bands() for s in settled}, "metric"),
        by_unit=_groups(settled, "unit_id", fewest),
        by_channel=_groups(settled, "channel", fewest),
        promise=promise_effect(study, rules, through=through, confidence=confidence),
        curves={s.name: s.curve() for s in settled if s.course is not None},
        missing=_missing(study, settled),
        period=through,
        confidence=confidence,
    )


def _ask(study: OpenStudy, ways: list[Question], through: str, *, seed: int, confidence: float) -> Asked:
    """A metric at the first grain with rows enough."""
    fewest, reasons = study.study.declared.minimum_group, []
    for question in ways:
        rows = asked_rows(study, question, through)
        used, spec = fitted_rows(rows, question)
        how = {"fewest": fewest, "seed": seed, "confidence": confidence}
        try:
            fitted = fit_metric(used, spec, question, **how)
        except TooFewRowsError as error:
            reasons.append(str(error))
            continue
        except LinkageError as error:  # another grain would not change it
            return Asked(question, None, pd.DataFrame(), str(error))
        return Asked(question, fitted, last_rows(rows, question, through))
    return Asked(ways[0], None, pd.DataFrame(), reasons[0])


def _levels(
    study: OpenStudy, asked: list[Asked], through: str, cards: CardSet | None
) -> dict[str, tuple[str, str, str]]:
    """By metric its evidence level, and the verdict of its declared link with its words."""
    declared = [a for a in asked if a.question.declared and a.fitted]
    cards = cards if cards is not None else study.links(period=through) if declared else ()
    known = {card.name: card for card in getattr(cards, "cards", ())}
    found = {}
    for one in asked:
        card = known.get(one.question.declared)
        held = one.fitted is not None and one.fitted.held.parameters > 1
        level = card.level if card else ("L2" if held else "L1")
        found[one.question.name] = (level, *_verdict(card, one.question.name))
    return found


def _verdict(card: LinkCard | None, driver: str) -> tuple[str, str]:
    """The verdict of a card on one of its drivers, and its words; nothing without a card."""
    if card is None:
        return "", ""
    row = card.estimates[card.estimates["driver"] == driver].iloc[0]
    return row["verdict"], row["sentence"]


def _settled(
    study: OpenStudy, asked: list[Asked], levels: dict, through: str, *, seed: int, confidence: float
) -> list[Settled]:
    """Every metric decided, its p-values corrected for how many were asked."""
    fits = [a.fitted for a in asked]
    p_link = _corrected(asked, np.array([f.p_link if f else np.nan for f in fits]))
    p_turn = holm(np.array([f.p_turn if f else np.nan for f in fits]))
    return [
        settle(
            one.question, one.fitted, one.rows, one.reason,
            p_link=float(p_link[i]), p_turn=float(p_turn[i]), judged=levels[one.question.name],
            currency=study.study.declared.currency,
            period=through, seed=seed, confidence=confidence,
        )
        for i, one in enumerate(asked)
    ]  # fmt: skip


def _corrected(asked: list[Asked], p_values: np.ndarray) -> np.ndarray:
    """Declared pairs as their cards are: by false discoveries. What nobody declared bears no false one at all."""
    if not np.isfinite(p_values).any():
        return p_values
    declared = np.array([bool(a.question.declared) for a in asked])
    return np.where(declared, np.asarray(adjust_p_values(p_values)), holm(p_values))


def _estimates(settled: list[Settled]) -> pd.DataFrame:
    table = pd.DataFrame([s.row() for s in settled], columns=["metric", *COLUMNS])
    return table.set_index("metric")


def _stacked(parts: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    known = {key: part for key, part in parts.items() if len(part)}
    if not known:
        return pd.DataFrame()
    return pd.concat(known, names=[name]).reset_index(level=0).reset_index(drop=True)


def _groups(settled: list[Settled], by: str, fewest: int) -> pd.DataFrame:
    """Share and gain by group, of every metric with a goal; groups too small to show are counted in attrs."""
    parts, hidden = {}, 0
    for one in settled:
        if one.goal is None or one.question.spec.grain != "interaction":
            continue
        parts[one.name], left_out = reach_by(one.course, one.rows, one.goal, by, fewest=fewest)
        hidden += left_out
    table = _stacked(parts, "metric")
    table.attrs["hidden"] = hidden
    return table


def _missing(study: OpenStudy, settled: list[Settled]) -> tuple[str, ...]:
    """What this study lacks for goals, in words."""
    if not settled:
        return (
            "No operational metric stands beside feedback: a source of interactions with such metrics as handle time, "
            "and answers that name their contact, would give goals.",
        )
    said = []
    unstated = [s.question.metric.label for s in settled if s.course is not None and not s.question.is_stated]
    if unstated:
        said.append(
            f"No target or cost is stated (`goals` of study.yml) for: {', '.join(unstated)}. Of those only a turn can "
            "be a goal."
        )
    if "link_interaction" not in study.tables:
        said.append(
            "Goals are of units and their periods, as nothing is known of single contacts: shares by unit and channel, "
            "first responses, transfers and promises need a source of interactions."
        )
    return tuple(said)
