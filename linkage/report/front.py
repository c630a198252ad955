"""The two pages: three sentences, ten questions, figures, money, actions and gaps; the rest is a link away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.days_held import open_windows, part_words
from linkage.ladder import LINKED, MEANING
from linkage.notebooks.jobs import FAILED
from linkage.report.answering import answer_rows, headline
from linkage.report.changes import most_explained
from linkage.report.effects import caveat_of
from linkage.report.figure_cards import (
    figure_card,
    headline_figures,
    moved_figures,
    moved_words,
    with_intervals,
)
from linkage.report.front_room import is_tight
from linkage.report.money import (
    actions,
    at_stake,
    money_sentence,
    net_values,
    none_shown,
    points,
    unit_words,
)
from linkage.report.not_known import not_known
from linkage.report.pages_made import is_made
from linkage.report.partial import asked_for, part_of, partial_troubles
from linkage.report.question_words import best_point, worth_assumed
from linkage.report.seasons import has_season
from linkage.report.ten_questions import ten_questions
from linkage.sentences import listed, plural

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

MONEY_PAGE, SCENARIO_PAGE = "13_money", "14_what_if"
MOST_CHANGES = 2
"""Changes said in full in the first sentence; the others are counted."""


def front_page(edition: Edition) -> dict[str, object]:
    """Everything the template of index.html shows, as text."""
    answers = asked_for(answer_rows(edition), edition)
    stake, doing = at_stake(edition), actions(edition)
    page = {
        "headline": _opening(answers, edition),
        "three": three_sentences(edition, stake, doing),
        "ten": ten_questions(edition),
        "stake": stake,
        "actions": doing,
        "forecasts": list(edition.promises),
        "troubles": troubles(edition),
        "figures": [figure_card(row) for row in with_intervals(headline_figures(edition), edition)],
        "more_figures": len(edition.metrics) - len(headline_figures(edition)),
        "levels": MEANING,
        "not_known": not_known(answers, edition),
        "sign_off": sign_off(edition),
    }
    return {**page, "tight": is_tight(page)}


def _opening(answers: list[Row], edition: Edition) -> list[str]:
    """How many questions were answered, and how; of a part of a report first that it is one."""
    part = part_of(edition)
    if part and not answers:
        return [*part, "None of them answers a declared question."]
    return [*part, *headline(answers, edition)[: 1 if answers else 2]]


def three_sentences(edition: Edition, stake: list[Row], doing: list[Row]) -> list[tuple[str, str]]:
    """What changed, what it is worth, what to do: a title and a sentence each, from figures published."""
    return [
        ("What changed", _what_changed(edition)),
        ("What it is worth", what_it_is_worth(edition, stake)),
        ("What to do", _what_to_do(doing, edition)),
    ]


def _what_changed(edition: Edition) -> str:
    compared, moved = moved_figures(edition)
    left_out = _in_part(edition.metrics)
    if not compared:
        return left_out or "There is no period before to compare the headline figures with."
    if not moved:
        none = f"None of {len(compared)} headline figures moved by more than its interval since the period before."
        return f"{none} {left_out}".rstrip()
    count = f"{len(moved)} of {len(compared)} headline figures moved{_since_long(edition, compared)}."
    moved = sorted(moved, key=has_season)  # what a season moves says least of what is new
    figure, why = most_explained(edition) or ({}, "")
    explained = next((row for row in moved if row["metric"] == figure.get("metric")), None)
    if explained is not None and has_season(explained) == has_season(moved[0]):
        return f"{count} {moved_words(explained)}. {why} {left_out}".rstrip()
    return f"{count} {'. '.join(moved_words(row) for row in moved[:MOST_CHANGES])}. {left_out}".rstrip()


def _in_part(metrics: list[Row]) -> str:
    """How many figures are compared with nothing, as a period of theirs is not whole; each figure says which days
    its source holds."""
    reasons = [str(row["part"]) for row in metrics if row.get("part")]
    if not reasons:
        return ""
    whole = dict.fromkeys(reasons)
    why = whole if len(whole) == 1 else dict.fromkeys(words.partition(": ")[0] for words in whole)
    each = f"{len(reasons)} headline {plural('figure', len(reasons))}"
    return f"{each} cannot be compared with the period before, as {listed(why)}."


def _since_long(edition: Edition, compared: list[Row]) -> str:
    """From when, where figures are held against a period further back than the one before."""
    declared, before = edition.study.study, edition.study.study.period(edition.period).shift(-1)
    periods = {str(row["previous_period"]) for row in compared if row.get("previous_period")}
    longer = sorted((p for p in map(declared.period, periods) if p < before), key=lambda p: p.position)
    return f"; the change is since {longer[0]}, as {before} is not in the data" if longer else ""


def what_it_is_worth(edition: Edition, stake: list[Row]) -> str:
    """What is at stake, and what a point of the best founded link to money is worth, where one is shown."""
    top = best_point(edition.findings, edition)
    said = [f"{stake[-1]['label']}: {money_sentence(stake[-1])}."] if stake else []
    if top:
        said.append(f"{unit_words(top)}.")
        said += [f"{words}." for row in edition.findings if (words := _caveat_of_point(row, top, edition))]
    elif words := worth_assumed(edition.findings, edition):
        said.append(words)
    elif points(edition) or none_shown(edition):
        said.append("No link to money is shown, so what a point is worth is not known.")
    if not said and not is_made(MONEY_PAGE, edition):
        return "No figure in money was estimated in this run."
    return " ".join(said) or "No figure in money could be estimated: the page on money says what is missing."


def _caveat_of_point(row: Row, top: Row, edition: Edition) -> str:
    """What the checks of the link behind a point's worth tell whoever would act on it."""
    return caveat_of(row, edition) if row["link"] == top["link"] and row["verdict"] == LINKED else ""


def _what_to_do(doing: list[Row], edition: Edition) -> str:
    if not doing:
        return _nothing_to_do(edition)
    top = doing[0]
    held = f", {top['condition']}" if top["condition"] else ""
    chance = f" It pays for itself with a probability of {top['chance']}{held}." if top["chance"] else ""
    return (
        f"Best of {top['weighed']} {plural('scenario', top['weighed'])} weighed: {top['label']} Expected net present "
        f"value {money_sentence(top)}.{chance}"
    )


def _nothing_to_do(edition: Edition) -> str:
    """Why no action is named."""
    declared = len(edition.study.study.declared.scenarios)
    if not declared:
        return "No scenario is declared in study.yml, so no action can be weighed."
    if net_values(edition):
        return "No action: every scenario that was weighed runs through a link that is not shown."
    if is_made(SCENARIO_PAGE, edition):
        return (
            f"No action: no scenario of {declared} declared could be valued; the page on scenarios says why."
        )
    return "The scenarios that study.yml declares were not weighed in this run."


def sign_off(edition: Edition) -> tuple[str, str, str]:
    """A page cannot hold its own signature: it says who could have signed, and how to look."""
    command = f"linkage review {edition.study.name} {edition.period}"
    rest = (
        "proves every file, input and figure again, and says who has signed in review.json beside this page."
    )
    before = edition.declaration.get("before")
    said = f" The sign-off of {before['period']} reads: “{before['signed']}”" if before else ""
    return "Not signed when it was made.", command, f"{rest}{said}"


def troubles(edition: Edition) -> list[str]:
    """What a reader must know before trusting the page."""
    failed = [n.title for n in edition.notebooks if edition.outcomes[n.name].status == FAILED]
    said = [f"{len(failed)} of {len(edition.notebooks)} pages failed: {', '.join(failed)}."] if failed else []
    part, waiting = part_words(edition.study, edition.period), open_windows(edition.study, edition.period)
    if part:
        said.append(f"{edition.period} is there only in part, and so are its figures: {part}.")
    said += [waiting] * bool(waiting)
    return said + partial_troubles(answer_rows(edition), edition)
