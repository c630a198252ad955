"""The front page: what was asked, what was answered, what is not known, and what it all rests on."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from linkage.ladder import LINKED, MEANING, NO_LINK, NOT_JUDGED, UNSAFE
from linkage.notebooks.jobs import FAILED, OK, SKIPPED
from linkage.report.basis import joins_shown, sources_shown
from linkage.report.money import actions, at_stake, points
from linkage.report.ten_questions import ten_questions
from linkage.sentences import number, plural, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

COMPACT_FROM = 4
"""A link with this many drivers is shown as a table rather than as sentences."""
VERDICT_ORDER = (UNSAFE, LINKED, NO_LINK, NOT_JUDGED)
COUNTED = (LINKED, NO_LINK, UNSAFE, NOT_JUDGED)

SAID = {
    LINKED: ("shows a link", "show a link"),
    NO_LINK: ("shows none", "show none"),
    UNSAFE: ("must not be used", "must not be used"),
    NOT_JUDGED: ("could not be assessed", "could not be assessed"),
}


def front_page(edition: Edition) -> dict[str, object]:
    """Everything the template of index.html shows, as text."""
    answers = answer_rows(edition)
    levels = sorted({a["level"] for a in answers if a["level"]})
    joins, others = joins_shown(edition.study)
    stake, doing = at_stake(edition), actions(edition)
    return {
        "headline": headline(answers, edition),
        "three": three_sentences(edition, stake, doing),
        "ten": ten_questions(edition),
        "stake": stake,
        "points": points(edition),
        "actions": doing,
        "forecasts": list(edition.promises),
        "troubles": troubles(edition),
        "counts": [(word, sum(a["verdict"] == word for a in answers)) for word in COUNTED] if answers else [],
        "figures": [figure_card(row) for row in edition.metrics],
        "answers": answers,
        "levels": MEANING,
        "levels_shown": [(level, MEANING[level]) for level in levels],
        "unknown": unknowns(answers, edition),
        "sources": sources_shown(edition.study),
        "joins": joins,
        "other_joins": others,
        "notebooks": [_notebook_row(edition, n) for n in edition.notebooks],
        "review": f"linkage review {edition.study.name} {edition.period}",
    }


def answer_rows(edition: Edition) -> list[Row]:
    """One row a declared link, in the declared order; exploratory ones after them."""
    found = {link: list(rows) for link, rows in groupby(edition.findings, key=lambda row: row["link"])}
    declared = edition.study.study.links
    answers = [_answer(link, spec.question, found.get(link, []), edition) for link, spec in declared.items()]
    extra = [link for link in found if link not in declared]
    return answers + [_answer(link, found[link][0]["question"], found[link], edition) for link in extra]


def _answer(link: str, question: str, rows: list[Row], edition: Edition) -> Row:
    words = [row["verdict"] for row in rows]
    verdict = next((word for word in VERDICT_ORDER if word in words), NOT_JUDGED)
    compact = len(rows) >= COMPACT_FROM
    return {
        "link": link,
        "question": question,
        "verdict": verdict,
        "level": rows[0]["level"] if rows and verdict in (LINKED, NO_LINK) else None,
        "against": _against(rows),
        "page": f"{rows[0]['notebook']}.html" if rows else None,
        "sentences": [row["sentence"] for row in rows] or [f"Not assessed: {_why_absent(link, edition)}"],
        "sentence": _compact_sentence(rows, edition) if compact else "",
        "rows": [_driver_row(row, edition) for row in rows] if compact else [],
        "findings": rows,
    }


def _against(rows: list[Row]) -> str:
    """Said aloud where a link runs against what was expected of it."""
    sign = {"positive": 1, "negative": -1}.get(rows[0].get("expected"), 0) if rows else 0
    linked = [row for row in rows if row["verdict"] == LINKED and sign * row["estimate"] < 0]
    return f"{rows[0]['expected']} was expected" if linked else ""


def _compact_sentence(rows: list[Row], edition: Edition) -> str:
    words = [row["verdict"] for row in rows]
    said = ", ".join(f"{words.count(w)} {w}" for w in COUNTED if w in words)
    first = rows[0]
    groups = f" in {first['clusters']:,} clusters" if first.get("clusters") else ""
    unit = plural_unit(first["outcome_unit"]) or "units"
    return (
        f"Of {len(rows)} drivers, {said}. An estimate is {unit} of “{_label(first, 'outcome', edition)}” for one "
        f"unit more of the driver, the others held fixed; n = {first['n']:,}{groups}, "
        f"{first.get('span') or first['period']}."
    )


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
        "verdict": row["verdict"],
    }


def _why_absent(link: str, edition: Edition) -> str:
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
    best = best_founded(edition.findings)
    return [first, *([f"The best founded answer: {best['sentence']}"] if best else [])]


def three_sentences(edition: Edition, stake: list[Row], doing: list[Row]) -> list[tuple[str, str]]:
    """What changed, what it is worth, what to do: a title and a sentence each, from figures published."""
    return [
        ("What changed", _what_changed(edition)),
        ("What it is worth", _what_it_is_worth(edition, stake)),
        ("What to do", _what_to_do(doing)),
    ]


def _what_changed(edition: Edition) -> str:
    figures = [r for r in edition.metrics if not _missing(r.get("change"))]
    if not figures:
        return "There is no period before to compare the headline figures with."
    moved = [
        r
        for r in figures
        if r.get("change_low") is not None and (r["change_low"] > 0 or r["change_high"] < 0)
    ]
    if not moved:
        return f"None of {len(figures)} headline figures moved by more than its interval since the period before."
    said = [
        f"{r.get('label') or r.get('metric')}: {_change(_in_percent(r) if _is_share(r) else r)}"
        for r in moved
    ]
    return f"{len(moved)} of {len(figures)} headline figures moved. {'. '.join(said[:2])}."


def _is_share(row: Row) -> bool:
    return str(row.get("unit")) == "share"


def _what_it_is_worth(edition: Edition, stake: list[Row]) -> str:
    best = points(edition)
    said = []
    if stake:
        last = stake[-1]
        said.append(
            f"{last['label']}: {last['amount']} ({last['interval']}; {last['horizon']}, {last['basis']})."
        )
    if best:
        top = max(best, key=lambda r: str(r["level"]))
        said.append(
            f"{top['label']} One unit more: {top['amount']} a customer and year ({top['interval']}; {top['level']})."
        )
    return " ".join(said) or "No figure in money could be estimated: it needs purchases joined with answers."


def _what_to_do(doing: list[Row]) -> str:
    if not doing:
        return "No scenario is declared in study.yml, so no action can be weighed."
    top = doing[0]
    chance = f", {top['chance']} likely to pay for itself" if top["chance"] else ""
    return (
        f"Best of {len(doing)} scenarios weighed: {top['label']} Net present value {top['amount']} ({top['interval']}; "
        f"{top['horizon']}{chance}; it rests on assumptions)."
    )


def best_founded(findings: list[Row]) -> Row | None:
    """The linked finding of the highest level, then of the largest estimate for its error."""
    linked = [row for row in findings if row["verdict"] == LINKED and row.get("std_error")]
    if not linked:
        return None
    return max(linked, key=lambda row: (str(row["level"]), abs(row["estimate"] / row["std_error"])))


def troubles(edition: Edition) -> list[str]:
    """What a reader must know before trusting the page."""
    failed = [n.title for n in edition.notebooks if edition.outcomes[n.name].status == FAILED]
    left_out = edition.only is not None
    said = [f"{len(failed)} of {len(edition.notebooks)} pages failed: {', '.join(failed)}."] if failed else []
    return said + (["This is a part of the report: some pages were left out on purpose."] if left_out else [])


def figure_card(row: Row) -> Row:
    """A headline figure with its interval, its n and its change; a share in percent."""
    row = _in_percent(row) if str(row.get("unit")) == "share" else row
    n = f"; n = {row['n']:,}" if row.get("n") is not None else ""
    return {
        "label": row.get("label") or row.get("metric"),
        "value": _known(row.get("estimate")),
        "unit": plural_unit(row.get("unit")),
        "interval": f"{_known(row.get('low'))} to {_known(row.get('high'))} (95% interval{n}), {row.get('period')}",
        "change": _change(row),
    }


def _in_percent(row: Row) -> Row:
    """A share as a reader says it: percent, its change in percentage points."""
    figures = ("estimate", "low", "high", "previous_estimate", "change", "change_low", "change_high")
    shown = {
        key: row[key] if _missing(row.get(key)) else 100 * float(row[key]) for key in figures if key in row
    }
    return {**row, **shown, "unit": "percent"}


def plural_unit(unit: object) -> str:
    """A unit after a number: "points of 1 to 5" has its plural already."""
    text = str(unit or "")
    return text if " " in text else plural(text)


def _known(value: object) -> str:
    return "not computed" if _missing(value) else number(float(value))


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _change(row: Row) -> str:
    if _missing(row.get("change")):
        return "Nothing to compare with."
    low, high = row.get("change_low"), row.get("change_high")
    points = " points" if row.get("unit") == "percent" else ""
    size = f"{signed(row['change'])}{points} since {row.get('previous_period')}"
    if _missing(low) or _missing(high):
        return f"{size}, interval not computed"
    shown = f"{size} ({signed(low)} to {signed(high)})"
    if low > 0 or high < 0:
        return f"{'Up' if row['change'] > 0 else 'Down'}: {shown}"
    return f"No change shown: {shown}"


def unknowns(answers: list[Row], edition: Edition) -> list[Row]:
    """What was asked and is not known, by kind: refused, not assessable, and not shown with what would have been."""
    titles = {
        UNSAFE: "Must not be used",
        NOT_JUDGED: "Could not be assessed",
        NO_LINK: "No link shown, and the size that would have been seen",
    }
    groups = []
    for word, title in titles.items():
        entries = [
            _unknown(a, row, edition) for a in answers for row in a["findings"] if row["verdict"] == word
        ]
        if word == NOT_JUDGED:
            entries += [
                {"what": a["question"], "why": a["sentences"][0]} for a in answers if not a["findings"]
            ]
        if entries:
            groups.append({"title": title, "entries": entries})
    return groups


def _unknown(answer: Row, row: Row, edition: Edition) -> Row:
    several = len(answer["findings"]) > 1
    what = f"{answer['question']} ({_label(row, 'driver', edition)})" if several else answer["question"]
    if row["verdict"] != NO_LINK:
        return {"what": what, "why": row["sentence"]}
    # What would have been seen stands after the figures in brackets.
    return {"what": what, "why": str(row["sentence"]).rpartition("). ")[2]}


def _notebook_row(edition: Edition, notebook: object) -> Row:
    outcome = edition.outcomes[notebook.name]
    return {
        "file": f"{notebook.name}.html" if outcome.status != SKIPPED else None,
        "title": notebook.title,
        "question": notebook.question,
        "status": outcome.status,
        "word": {OK: "complete", FAILED: "failed", SKIPPED: "skipped"}[outcome.status],
        "reason": outcome.reason,
    }
