"""What we do not know, counted: links not shown or not usable, who did not answer, and rows not read or not matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.ladder import LINKED, NO_LINK, NOT_JUDGED, OPEN, UNSAFE
from linkage.report.answering import other_estimates
from linkage.report.basis import astray, is_astray, join_shown
from linkage.report.effects import seen_from, unseen_words
from linkage.report.known_later import later_outcomes
from linkage.report.ledger import ledger_rows
from linkage.report.money import points
from linkage.report.pages_made import page_of
from linkage.report.standing import counted
from linkage.sentences import plural

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.report.edition import Edition

Row = dict[str, object]

ALL_ANSWERS, JOINS = "answers.html#unknown", "joins.html"
MOST_NAMED, RATES = 3, "07_business_kpis"
TITLES = {OPEN: "Not shown", NO_LINK: "No link", UNSAFE: "Not to be used", NOT_JUDGED: "Not assessed"}


def not_known(answers: list[Row], edition: Edition) -> list[Row]:
    """One row a kind of gap: title, a count or share, a few words, and the page that says the rest."""
    links = [*(_links(word, answers, edition) for word in TITLES), _known_later(answers, edition)]
    data = [_silent(edition), _rejected(edition.study), _unmatched(edition.study)]
    return [row for row in (*links, *data) if row]


def _links(word: str, answers: list[Row], edition: Edition) -> Row | None:
    """The questions of a verdict; where none was shown, the size that would have been seen."""
    found = [a for a in answers if a["verdict"] == word]
    if not found:
        return None
    named = [_named(a, word, edition) for a in found[:MOST_NAMED]]
    more = len(found) - len(named)
    words = " ".join(named) + (f" And {more} more." if more else "") + _of_others(word, answers)
    return {
        "title": TITLES[word],
        "count": f"{len(found)} of {len(answers)}",
        "words": words,
        "page": ALL_ANSWERS,
    }


def _of_others(word: str, answers: list[Row]) -> str:
    """How many more estimates the page of all answers lists, of questions that count otherwise."""
    n = other_estimates(word, answers)
    return f" Besides, {n} {plural('estimate', n)} within other questions." if n else ""


def _named(answer: Row, word: str, edition: Edition) -> str:
    none_shown = [row for row in answer["findings"] if word in (NO_LINK, OPEN) and counted(row) == word]
    sizes = [seen_from(row, edition) for row in none_shown]
    first = next(filter(None, sizes), "")
    return f"{answer['question']} {unseen_words(word, first)}" if first else str(answer["question"])


def _known_later(answers: list[Row], edition: Edition) -> Row | None:
    """The answers that rest on outcomes after the period: a report made when it ended could not have had them.

    The headline figures rest on none (a test holds them to it); what a point is worth does where its link does.
    """
    asked = [a["link"] for a in answers if a["verdict"] in (LINKED, NO_LINK, OPEN)]
    found = later_outcomes(
        edition.study, edition.period, [n for n in asked if n in edition.study.study.links]
    )
    if not found:
        return None
    later, used = sum(row.later for row in found), sum(row.used for row in found)
    until = max((row.until for row in found), key=lambda name: edition.study.study.period(name).position)
    priced = {p["link"] for p in points(edition)} & {row.link for row in found}
    too = ", and what a point is worth by them," if priced else ""
    return {
        "title": "Known only later",
        "count": f"{len(found)} of {len(answers)}",
        "words": f"These answers{too} use what came after {edition.period} had ended, up to {until}, in {later:,} of "
        f"their {used:,} rows: nobody knew it on its last day. The headline figures use nothing after it.",
        "page": ALL_ANSWERS.partition("#")[0],
    }


def _silent(edition: Edition) -> Row | None:
    """How many of those invited did not answer, with its interval; None where no invitations are known."""
    from linkage.kpis.counting import ratio_sums_of, texts_of
    from linkage.kpis.definitions import KPIS
    from linkage.kpis.intervals import clustered_share

    study, period = edition.study, edition.period
    kpi = next(k for k in KPIS if k.name == "response_rate")
    if kpi.model in study.skipped_models:
        return None
    rows = study.relation(kpi.model, through=period).df()
    rows = rows[rows["period"] == period]
    if rows.empty or rows["customer_count"].iloc[0] < study.study.declared.minimum_group:
        return None
    sums, clusters = ratio_sums_of(kpi, rows.iloc[0]), int(rows["customer_count"].iloc[0])
    found = clustered_share(sums, clusters, 0.95)
    within = texts_of(study)["answer_days"]
    return {
        "title": "Who did not answer",
        "count": f"{1 - found['estimate']:.1%} did not answer",
        "words": f"95% interval {1 - found['high']:.1%} to {1 - found['low']:.1%}: of {sums['x']:,.0f} invitations "
        f"whose {within} ended in {period}. Their views are not known.",
        "page": page_of(RATES, edition),
    }


def _rejected(study: OpenStudy) -> Row:
    """Rows of all sources that were not accepted."""
    rows = study.sources.to_dict("records")
    read, out = sum(r["rows_read"] for r in rows), sum(r["rows_rejected"] for r in rows)
    unread = sum(r["values_rejected"] for r in rows)
    worst = max(rows, key=lambda r: r["rows_rejected"], default=None)
    said = ["Left out of everything."] if out else []
    said += [f"Most of them: {worst['source']}, {worst['rows_rejected']:,}."] if worst and out else []
    said += [f"{unread:,} {plural('single value', unread)} could not be read."] if unread else []
    return {
        "title": "Rows rejected",
        "count": f"{out:,} of {read:,}",
        "words": " ".join(said),
        "page": JOINS,
    }


def _unmatched(study: OpenStudy) -> Row | None:
    """The joins by a key that found nobody of that key; the one that lost the largest share of its rows."""
    lost = [r for r in ledger_rows(study) if is_astray(r)]
    if not lost:
        return None
    worst = max(lost, key=lambda r: (astray(r) / r["left_rows"], r["join"]))
    shown = join_shown(worst)
    return {
        "title": "Rows not matched",
        "count": f"in {len(lost)} look-up{'s' if len(lost) > 1 else ''}",
        "words": f"Each key should be met. Most in {shown['name']} ({shown['by']}): "
        f"{shown['matched']} of {shown['rows']} met; {shown['why']}.",
        "page": JOINS,
    }
