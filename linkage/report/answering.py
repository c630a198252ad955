"""What was asked and how it was answered: one row a declared link, counted, in sentences, and what is not known."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from linkage.ladder import COUNTED, LINKED, NO_LINK, NOT_JUDGED, OPEN, UNSAFE, gravest
from linkage.notebooks.jobs import FAILED, SKIPPED
from linkage.report.effects import caveat_of
from linkage.report.figure_cards import plural_unit
from linkage.report.standing import OTHER_WAY, best_founded, counted, runs_against
from linkage.sentences import plural, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

COMPACT_FROM = 4
"""A link with this many drivers is shown as a table rather than as sentences."""

SAID = {
    LINKED: ("shows a link", "show a link"),
    NO_LINK: ("shows none where one would have been seen", "show none where one would have been seen"),
    OPEN: ("shows none but might have missed one", "show none but might have missed one"),
    UNSAFE: ("must not be used", "must not be used"),
    NOT_JUDGED: ("could not be assessed", "could not be assessed"),
}


def answer_rows(edition: Edition) -> list[Row]:
    """One row a declared link, in the declared order; exploratory ones after them."""
    found = {link: list(rows) for link, rows in groupby(edition.findings, key=lambda row: row["link"])}
    declared = edition.study.study.links
    answers = [_answer(link, spec.question, found.get(link, []), edition) for link, spec in declared.items()]
    extra = [link for link in found if link not in declared]
    return answers + [_answer(link, found[link][0]["question"], found[link], edition) for link in extra]


def _answer(link: str, question: str, rows: list[Row], edition: Edition) -> Row:
    verdict = gravest(map(counted, rows))
    compact = len(rows) >= COMPACT_FROM
    return {
        "link": link,
        "question": question,
        "verdict": verdict,
        "level": rows[0]["level"] if rows and verdict in (LINKED, NO_LINK, OPEN) else None,
        "against": _against(rows),
        "page": f"{rows[0]['notebook']}.html" if rows else None,
        "sentences": [_in_full(row, edition) for row in rows] or [f"Not assessed: {_why_absent(edition)}"],
        "sentence": _compact_sentence(rows, edition) if compact else "",
        "rows": [_driver_row(row, edition) for row in rows] if compact else [],
        "findings": rows,
    }


def _in_full(row: Row, edition: Edition) -> str:
    """A finding's sentence, and what its checks tell whoever would act on it."""
    said = caveat_of(row, edition)
    return f"{row['sentence']} {said}." if said else str(row["sentence"])


def _against(rows: list[Row]) -> str:
    """Said aloud where a link runs against what was expected of it."""
    other = any(map(runs_against, rows))
    return f"{OTHER_WAY}: {rows[0]['expected']} was expected" if other else ""


def _compact_sentence(rows: list[Row], edition: Edition) -> str:
    words = list(map(counted, rows))
    said = ", ".join(f"{words.count(w)} {w}" for w in COUNTED if w in words)
    first = rows[0]
    groups = f" in {first['clusters']:,} clusters" if first.get("clusters") else ""
    unit = plural_unit(first["outcome_unit"]) or "units"
    return (
        f"Of {len(rows)} drivers, {said}. An estimate is {unit} of “{_label(first, 'outcome', edition)}” for one "
        f"unit more of the driver, the others held fixed; n = {first['n']:,}{groups}, "
        f"{first.get('span') or first['period']}.{_first_caveat(first, edition)}"
    )


def _first_caveat(row: Row, edition: Edition) -> str:
    said = caveat_of(row, edition)
    return f" Of {_label(row, 'driver', edition)}: {said[:1].lower()}{said[1:]}." if said else ""


def _label(row: Row, what: str, edition: Edition) -> str:
    """The study's own words for a column; a category of one has none."""
    column = edition.study.study.columns[str(row["grain"])].get(str(row[what]))
    return column.label if column else str(row[what]).replace("_", " ")


def _driver_row(row: Row, edition: Edition) -> Row:
    known = row["estimate"] is not None
    return {
        "driver": _label(row, "driver", edition),
        "estimate": signed(row["estimate"]) if known else "\N{EN DASH}",
        "interval": f"{signed(row['low'])} to {signed(row['high'])}" if known else "\N{EN DASH}",
        "verdict": counted(row),
        "against": OTHER_WAY if runs_against(row) else "",
    }


def _why_absent(edition: Edition) -> str:
    """Why a declared link has no finding: its notebook failed or was skipped, or none publishes it."""
    failed = [o.name for o in edition.outcomes.values() if o.status == FAILED]
    skipped = [o.name for o in edition.outcomes.values() if o.status == SKIPPED]
    if failed:
        return f"no page that was completed answers it, and these failed: {', '.join(failed)}."
    if skipped:
        return f"no page answers it, and these were skipped: {', '.join(skipped)}."
    return "no notebook publishes it."


def headline(answers: list[Row], edition: Edition) -> list[str]:
    """One sentence of counts, and the best founded of the answers."""
    if not answers:
        return [
            "This study declares no questions yet.",
            "Declare links in study.yml, then make the report again.",
        ]
    words = [a["verdict"] for a in answers]
    said = [
        f"{words.count(word)} {one if words.count(word) == 1 else many}"
        for word, (one, many) in SAID.items()
        if word in words or word == LINKED
    ]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    first = f"Of {len(answers)} declared questions, {listed}."
    best = best_founded(row for row in edition.findings if row["verdict"] == LINKED)
    return [first, *([f"The best founded answer: {best['sentence']}"] if best else [])]


def unknowns(answers: list[Row], edition: Edition) -> list[Row]:
    """What was asked and is not known, by kind: refused, not assessable, and not shown with what would have been."""
    titles = {
        UNSAFE: "Must not be used",
        NOT_JUDGED: "Could not be assessed",
        OPEN: "Not shown, and might have been missed",
        NO_LINK: "No link, and the size that would have been seen",
    }
    groups = []
    for word, title in titles.items():
        entries = [
            _unknown(a, row, edition) for a in answers for row in a["findings"] if counted(row) == word
        ]
        if word == NOT_JUDGED:
            entries += [
                {"what": a["question"], "why": a["sentences"][0]} for a in answers if not a["findings"]
            ]
        if entries:
            groups.append(
                {"title": title, "entries": entries, "counted": _counted(word, len(entries), answers)}
            )
    return groups


def _counted(word: str, entries: int, answers: list[Row]) -> str:
    """How many entries a list has, and how many of them belong to questions that count so, which may have several."""
    asked, apart = sum(a["verdict"] == word for a in answers), other_estimates(word, answers)
    listed = f"{entries} {plural('entry', entries)}"
    if not asked:
        return f"{listed}, of questions that count otherwise."
    said = f"{listed}: {entries - apart} {_belong(entries - apart)} to the {asked} {plural('question', asked)} that"
    said += f" {'counts' if asked == 1 else 'count'} as {word}"
    return f"{said}, {apart} to questions that count otherwise." if apart else f"{said}."


def _belong(entries: int) -> str:
    return "belongs" if entries == 1 else "belong"


def other_estimates(word: str, answers: list[Row]) -> int:
    """Estimates of a verdict that belong to questions which count under another."""
    others = (a for a in answers if a["verdict"] != word)
    return sum(counted(row) == word for a in others for row in a["findings"])


def _unknown(answer: Row, row: Row, edition: Edition) -> Row:
    several = len(answer["findings"]) > 1
    what = f"{answer['question']} ({_label(row, 'driver', edition)})" if several else answer["question"]
    if row["verdict"] != NO_LINK:
        return {"what": what, "why": row["sentence"]}
    # What would have been seen stands after the figures in brackets.
    return {"what": what, "why": str(row["sentence"]).rpartition("). ")[2]}
