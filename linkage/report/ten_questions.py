"""The executive's ten questions, answered from the findings: yes, no, shown, not shown or not asked, with the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.catalogue import FEEDBACK, MONEY, OPERATIONS, PEOPLE, LinkageColumn
from linkage.ladder import LINKED, NO_LINK, OPEN, UNSAFE
from linkage.report.effects import in_brief, seen_from, unseen_words
from linkage.report.foretold import foretold
from linkage.report.newer_rows import newer_alone
from linkage.report.pages_made import is_made
from linkage.report.question_words import (
    GOALS,
    NO_GOAL,
    buying_and_leaving,
    drivers_named,
    goals_named,
    with_reverse,
    worth_named,
)
from linkage.report.standing import best_founded, counted, runs_against

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.study_file.declaration import LinkSpec

Row = dict[str, object]

YES, NO, NOT_SHOWN, NOT_ASKED = "yes", "no", "not shown", "not asked"
WHICH = {YES: "shown", NO: "none"}
"""The answer to a question that asks which or what: nobody says yes to it."""
OTHER_WAY_WORD, NO_GOAL_WORD = "the other way", "no goal"
ANSWER = {LINKED: YES, OPEN: NOT_SHOWN, NO_LINK: NO}
"""The answer of the first of these that an estimate counts as: no only where every one would have shown a link."""
NO_PAGE = "A declared link asks it, but no page of this run answers it."


@dataclass(frozen=True)
class Sides:
    """What a link joins: its drivers' and outcome's columns, the link, and who the employees' and partners' are."""

    drivers: tuple[LinkageColumn, ...]
    outcome: LinkageColumn
    spec: LinkSpec
    partners: frozenset[str]

    def of(self, *origins: str) -> bool:
        return any(d.origin in origins for d in self.drivers)

    @property
    def is_growth(self) -> bool:
        return self.outcome.name.endswith("_growth") or self.spec.change is not None

    @property
    def is_later(self) -> bool:
        return self.spec.lag > 0 or self.outcome.moment == "after"

    @property
    def is_loyalty(self) -> bool:
        words = " ".join(f"{d.name} {d.label}" for d in self.drivers).lower()
        return any(w in words for w in ("nps", "recommend", "loyal", "rli", "ali", "pli", "stay", "renew"))

    @property
    def is_partner(self) -> bool:
        return any(d.name in self.partners for d in self.drivers)

    def runs(self, driver: object) -> bool:
        """Whether a driver is something operations do: what partners answer is theirs to say, not operations'."""
        named = next((d for d in self.drivers if d.name == str(driver).partition(":")[0]), None)
        return named is not None and named.origin == OPERATIONS and named.name not in self.partners

    @property
    def is_operational(self) -> bool:
        return self.outcome.origin == FEEDBACK and any(self.runs(d.name) for d in self.drivers)

    @property
    def is_programme(self) -> bool:
        return self.spec.design != "observed" or any(
            d.kind == "flag" and d.origin == PEOPLE for d in self.drivers
        )


@dataclass(frozen=True)
class Question:
    """One question: its words, which links answer it, which page goes into it, and what its answer names.

    told : what is linked, in words, where one size does not answer the question. drivers : which estimates of a link
    count; None takes all. foretells : whether it asks what foretells what, which the metric race asks otherwise.
    asks_which : whether it asks which or what, not whether. has_way : whether it asks for more of both sides, so that
    a link the other way round does not answer it with yes.
    """

    number: str
    words: str
    answers: Callable[[Sides], bool]
    page: str | None = None
    told: Callable[[list[Row], Edition], str] | None = None
    drivers: Callable[[Sides, object], bool] | None = None
    foretells: bool = False
    asks_which: bool = False
    has_way: bool = False


def _to_money(sides: Sides) -> bool:
    return sides.of(FEEDBACK) and sides.outcome.origin == MONEY


QUESTIONS = (
    Question("Q1", "Does what customers tell us go with what they really do?", _to_money),
    Question(
        "Q2",
        "Which operational goals leave customers most satisfied?",
        lambda s: s.is_operational and s.spec.grain in ("interaction", "survey"),
        GOALS,
        goals_named,
        Sides.runs,
        asks_which=True,
    ),
    Question(
        "Q3",
        "Does feedback foretell financial performance and growth?",
        lambda s: _to_money(s) and s.is_later and (s.is_growth or s.spec.grain == "unit_period"),
        told=with_reverse,
        foretells=True,
    ),
    Question(
        "Q4",
        "Do more loyal customers spend more?",
        lambda s: _to_money(s) and s.is_loyalty and s.outcome.kind == "number",
        has_way=True,
    ),
    Question(
        "Q5",
        "What is an improvement of satisfaction or loyalty worth?",
        lambda s: _to_money(s) and s.outcome.kind == "number" and s.is_later,
        "13_money",
        worth_named,
        asks_which=True,
    ),
    Question(
        "Q6",
        "Which operational metrics matter to customers?",
        lambda s: s.is_operational,
        told=drivers_named,
        drivers=Sides.runs,
        asks_which=True,
    ),
    Question(
        "Q7",
        "Do satisfied employees have satisfied customers?",
        lambda s: s.of(PEOPLE) and not s.is_programme and not s.is_partner and s.outcome.origin == FEEDBACK,
        has_way=True,
    ),
    Question(
        "Q8",
        "Do programmes for employees, such as training, reach customers?",
        lambda s: s.of(PEOPLE) and s.is_programme and s.outcome.origin == FEEDBACK,
    ),
    Question(
        "Q9",
        "Do satisfied partners have loyal customers?",
        lambda s: s.is_partner and s.outcome.origin in (FEEDBACK, MONEY),
        has_way=True,
    ),
    Question(
        "Q10",
        "Do survey answers predict actual buying and leaving?",
        lambda s: _to_money(s) and s.is_later and s.spec.grain in ("survey", "customer_period"),
        told=buying_and_leaving,
        foretells=True,
    ),
)


def ten_questions(edition: Edition) -> list[Row]:
    """One row a question: number, question, answer (the word) and mark (yes, no, not shown or not asked), level (of the
    best founded), levels (of all that are linked, where they differ), sentence, link, page."""
    sides = {name: _sides(edition, spec) for name, spec in edition.study.study.links.items()}
    by_link: dict[str, list[Row]] = {}
    for row in edition.findings:
        by_link.setdefault(str(row["link"]), []).append(row)
    return [_answered(q, sides, by_link, edition) for q in QUESTIONS]


def _sides(edition: Edition, spec: LinkSpec) -> Sides:
    columns = edition.study.study.columns[spec.grain]
    known = [columns.get(c) or LinkageColumn(c, c.replace("_", " ")) for c in (*spec.drivers, spec.outcome)]
    return Sides(tuple(known[:-1]), known[-1], spec, _of_partners(edition))


def _of_partners(edition: Edition) -> frozenset[str]:
    """Metrics that say in name or label that a partner, reseller or dealer answered."""
    words = ("partner", "reseller", "dealer", "franchise")
    metrics = edition.study.study.metrics.values()
    return frozenset(m.name for m in metrics if any(w in f"{m.name} {m.label}".lower() for w in words))


def _answered(
    question: Question, sides: dict[str, Sides], by_link: dict[str, list[Row]], edition: Edition
) -> Row:
    declared = [s for s in sides.values() if question.answers(s)]
    asked = [row for s in declared for row in _of(question, s, by_link)]
    word = next((word for word in ANSWER if any(counted(row) == word for row in asked)), None)
    usable = [row for row in asked if counted(row) == word]
    best = best_founded(usable)
    mark = ANSWER[word] if word else NOT_SHOWN if asked else NOT_ASKED
    brief = _brief(question, usable, mark, edition) if best else _why_in_brief(asked, bool(declared))
    page = f"{best['notebook']}.html" if best else None
    if question.page and best and is_made(question.page, edition):
        page = f"{question.page}.html"
    return {
        "number": question.number,
        "question": question.words,
        "answer": _word(question, mark, best, brief),
        "mark": mark,
        "level": best["level"] if best else None,
        "levels": _levels(asked),
        "sentence": best["sentence"] if best else _why(asked, bool(declared)),
        "brief": brief,
        "link": best["link"] if best else None,
        "page": page,
        "asked": len({row["link"] for row in asked}),
        "linked": sum(row["verdict"] == LINKED for row in asked),
        "estimates": len(asked),
    }


def _word(question: Question, mark: str, best: Row | None, brief: str) -> str:
    """The answer as it is read after its question."""
    if mark == YES and question.has_way and best is not None and runs_against(best):
        return OTHER_WAY_WORD
    if brief.startswith(NO_GOAL):
        return NO_GOAL_WORD
    return WHICH.get(mark, mark) if question.asks_which else mark


def _levels(asked: list[Row]) -> str:
    """From the lowest to the highest level of what is linked; nothing where all stand at one."""
    found = sorted({str(row["level"]) for row in asked if row["verdict"] == LINKED})
    return f"{found[0]} to {found[-1]}" if len(found) > 1 else ""


def _of(question: Question, sides: Sides, by_link: dict[str, list[Row]]) -> list[Row]:
    """The estimates of a link that a question is about."""
    rows = by_link.get(sides.spec.name, [])
    return [row for row in rows if question.drivers is None or question.drivers(sides, row["driver"])]


def _brief(question: Question, usable: list[Row], answer: str, edition: Edition) -> str:
    """What answers the question, with size, interval and n: where a link is shown with what newer rows say against it,
    where none is with what would have been seen."""
    told = question.told(usable, edition) if question.told and answer == YES else ""
    if told:
        return told
    best = best_founded(usable)
    seen = seen_from(best, edition) if answer != YES else ""
    raced = foretold(best, edition) if question.foretells else ""
    unseen = unseen_words(counted(best), seen) if seen else ""
    newer = newer_alone(best, edition) if answer == YES else ""
    return " ".join(filter(None, [f"{in_brief(best, edition)}.", unseen, newer, raced]))


def _why_in_brief(asked: list[Row], is_declared: bool) -> str:
    if not asked:
        return NO_PAGE if is_declared else "No declared link asks it."
    words = {UNSAFE: "must not be used"}
    said = sorted({words.get(str(row["verdict"]), "could not be assessed") for row in asked})
    return f"Its {'link' if len({r['link'] for r in asked}) == 1 else 'links'} {' or '.join(said)}."


def _why(asked: list[Row], is_declared: bool) -> str:
    if not asked and is_declared:
        return NO_PAGE
    if not asked:
        return "No declared link asks it: it needs sources for both sides, and a link in study.yml."
    unsafe = [row for row in asked if row["verdict"] == UNSAFE]
    return str((unsafe or asked)[0]["sentence"])
