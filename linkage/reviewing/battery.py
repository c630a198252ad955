"""Can this report be used? The battery over the whole of it: every check, by chapter, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check, worst
from linkage.results import Result
from linkage.reviewing.figures import family_checks, interval_check, money_checks
from linkage.reviewing.joined import data_checks, join_checks
from linkage.reviewing.wording import wording_checks
from linkage.wrong_use import require_open

if TYPE_CHECKING:
    from pathlib import Path

    from linkage.opening import OpenStudy
    from linkage.reviewing.declaration_change import DeclarationChange

Row = dict[str, object]

ORDER = (FAIL, REVIEW, NOT_ASSESSED, PASS)
CHAPTERS = {
    "data": ("complete rows", "spread", "non-response", "survivors", "power"),
    "joins": (),
    "timing": ("time order", "recorded in time", "levels and changes", "lead", "regression to the mean"),
    "reliability": ("same source", "aggregation", "within and between", "constituency band"),
    "errors": ("clusters", "higher cluster", "bootstrap", "collinearity", "influence"),
    "shape": ("shape", "segments", "plausible size", "out of sample"),
    "multiplicity": ("specification",),
    "refutation": (
        *(
            "leak",
            "separation",
            "placebo",
            "negative control",
            "leave one out",
            "random cause",
            "hidden cause",
        ),
        *("controls", "expected sign", "balance", "common trends"),
    ),
    "money": (),
    "wording": (),
}
"""The chapters of a review, and the checks of links that belong to each; a check named nowhere tries to refute."""
SHOWN_LINKS = 3
DECLARED = "declaration"
"""The check of the declared links against those of the report before."""


@dataclass(frozen=True)
class Judged:
    """A check of the whole report.

    chapter : where it is read. links : those it was raised for. advice : the advice to each of these links, in their
    order; empty where the check is of no link or passed.
    """

    chapter: str
    check: Check
    links: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def by_advice(self) -> dict[str, tuple[str, ...]]:
        """The links each advice was given to, the advice given first coming first."""
        pairs = list(zip(self.links, self.advice, strict=True))
        return {
            said: tuple(link for link, other in pairs if other == said) for said in dict.fromkeys(self.advice)
        }


@dataclass(frozen=True, eq=False, repr=False)
class ReviewBattery(Result):
    """The checks over a whole report.

    judged : every check with its chapter, chapters in order, the worst first within each. A check of links stands
    once, with how many links came out how and the names of those it was raised for. elsewhere : the checks that only
    the whole report can be judged by, left to its page.
    """

    judged: tuple[Judged, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many checks came out how, the gravest first."""
        found = Counter(j.check.verdict for j in self.judged)
        return {word: found[word] for word in ORDER}

    @property
    def verdict(self) -> str:
        return worst(j.check for j in self.judged)

    def to_frame(self) -> pd.DataFrame:
        """One row a check: chapter, check, verdict, value, limit, advice and links."""
        rows = [
            {
                "chapter": j.chapter,
                "check": j.check.name,
                **_without_name(j.check),
                "links": ", ".join(j.links),
            }
            for j in self.judged
        ]
        return pd.DataFrame(
            rows, columns=["chapter", "check", "verdict", "value", "limit", "advice", "links"]
        )

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The checks for reading, figures in short."""
        frame = self.to_frame()
        for column in ("value", "limit"):
            frame[column] = [_short(value, decimals) for value in frame[column]]
        return frame.set_index(["chapter", "check"])

    def advice(self) -> pd.DataFrame:
        """One row a check that failed or asks for a look and an advice: chapter, check, links and advice."""
        rows = [
            {"chapter": j.chapter, "check": j.check.name, "links": ", ".join(links), "advice": said}
            for j in self.judged
            if j.check.verdict in (FAIL, REVIEW)
            for said, links in (j.by_advice or {j.check.advice: ()}).items()
        ]
        return pd.DataFrame(rows, columns=["chapter", "check", "links", "advice"]).set_index(
            ["chapter", "check"]
        )

    def doubts(self) -> pd.DataFrame:
        """The checks that failed or ask for a look."""
        frame = self.table()
        return frame[frame["verdict"].isin((FAIL, REVIEW))]

    def chapters(self) -> pd.DataFrame:
        """One row a chapter: how many of its checks came out how."""
        frame = self.to_frame()
        counts = pd.crosstab(frame["chapter"], frame["verdict"])
        return counts.reindex(index=list(CHAPTERS), columns=list(ORDER), fill_value=0).rename_axis(
            columns=None
        )

    def summary(self) -> str:
        counts = self.counts
        said = (
            f"Of {len(self.judged)} checks over the whole report {counts[PASS]} pass, {counts[REVIEW]} ask for a look, "
            f"{counts[FAIL]} {'fails' if counts[FAIL] == 1 else 'fail'}, {counts[NOT_ASSESSED]} could not be assessed."
        )
        failed = [
            f"{j.check.name.capitalize()}: {j.check.advice}" for j in self.judged if j.check.verdict == FAIL
        ]
        count = len(self.elsewhere)
        more = f"{count} more {'is' if count == 1 else 'are'} judged on the report's page: {', '.join(self.elsewhere)}."
        return " ".join([said, *([more] if count else []), *failed[:SHOWN_LINKS]])


def _without_name(check: Check) -> Row:
    return {key: value for key, value in check.to_row().items() if key != "name"}


def _short(value: object, decimals: int) -> str:
    if value is None:
        return ""
    return f"{value:.{decimals}g}" if isinstance(value, float) else str(value)


def judge_report(
    findings: Sequence[Row],
    *,
    ledger: dict | None = None,
    money: Sequence[Row] | None = None,
    declared: Sequence[str] = (),
    change: DeclarationChange | None = None,
) -> ReviewBattery:
    """The battery over a report's rows, as its JSON files hold them; nothing is read and nothing is fitted.

    declared : the names of the declared links. change : against the declaration before. What is not handed over
    (None) is NOT ASSESSED, never passed.
    """
    rows = list(findings)
    own = {
        "data": data_checks(ledger),
        "joins": join_checks(ledger),
        "errors": [interval_check(rows)],
        "multiplicity": family_checks(rows, declared, change),
        "money": money_checks(None if money is None else list(money)),
        "wording": wording_checks(rows),
    }
    of_links = _checks_of_links(rows)
    judged = [
        judged
        for chapter in CHAPTERS
        for judged in sorted(
            [*(Judged(chapter, check) for check in own.get(chapter, ())), *of_links.get(chapter, ())],
            key=lambda j: ORDER.index(j.check.verdict),
        )
    ]
    return ReviewBattery(tuple(judged))


def _checks_of_links(rows: list[Row]) -> dict[str, list[Judged]]:
    """The checks that findings carry, by chapter: each once, over all links."""
    made: dict[str, dict[str, list[tuple[str, Row]]]] = {}
    for row in rows:
        for check in row.get("checks") or ():
            plain = str(check["name"]).partition(" (")[0]
            made.setdefault(plain, {}).setdefault(str(row["link"]), []).append(check)
    found: dict[str, list[Judged]] = {}
    for name, by_link in made.items():
        found.setdefault(chapter_of(name), []).append(_over_links(name, by_link))
    return found


def chapter_of(check: str) -> str:
    """Where a link's check is read."""
    return next((chapter for chapter, names in CHAPTERS.items() if check in names), "refutation")


def _over_links(name: str, by_link: dict[str, list[Row]]) -> Judged:
    """One check over all links: the gravest verdict, how many came out how, and the advice to each link raised."""
    verdicts = {link: _gravest(checks) for link, checks in by_link.items()}
    counted = Counter(verdicts.values())
    verdict = next(word for word in ORDER if counted[word])
    value = ", ".join(f"{counted[word]} {word}" for word in ORDER if counted[word])
    raised = tuple(link for link, word in verdicts.items() if word == verdict)
    first = {link: next(c for c in by_link[link] if c["verdict"] == verdict) for link in raised}
    if verdict == PASS:
        told = "One link." if len(by_link) == 1 else f"All {len(by_link)} links."
        return Judged(chapter_of(name), Check(name, verdict, value, first[raised[0]]["limit"], told))
    advice = tuple(str(first[link]["advice"]) for link in raised)
    told = Check(name, verdict, value, first[raised[0]]["limit"], _told(raised, advice))
    return Judged(chapter_of(name), told, raised, advice)


def _told(links: tuple[str, ...], advice: tuple[str, ...]) -> str:
    """The advice where it is one for all; where it is not, no link's advice stands for the others."""
    if len(set(advice)) == 1:
        return f"{', '.join(links)}: {advice[0]}"
    return f"Each of {len(links)} links for a reason of its own: {', '.join(links)}."


def _gravest(checks: list[Row]) -> str:
    return next(word for word in ORDER if word in {c["verdict"] for c in checks})


def review_battery(study: OpenStudy, *, period: object = None, before: str | Path = "") -> ReviewBattery:
    """The battery over one study and period as far as its data tell: that of the report's page, but for `elsewhere`.

    period : default the last complete one. before : the folder of an earlier report, to hold the declaration against.
    Figures in money are published by other notebooks, and which report came before is known to the whole alone: these
    checks are left to the page and counted nowhere here. Raises PeriodError for a period the study has no data of, and
    ReportError for an earlier report without a declaration.
    """
    from linkage.publishing import plain
    from linkage.report.ledger import published_ledger
    from linkage.reviewing.declaration_change import compare_with_report

    require_open(study, "review_battery")
    rows = [plain(row) for row in study.links(period=period).findings()]
    change = compare_with_report(study, before) if str(before) else None
    whole = judge_report(
        rows, ledger=published_ledger(study), declared=tuple(study.study.links), change=change
    )
    lacks = [j for j in whole.judged if j.chapter == "money" or (change is None and j.check.name == DECLARED)]
    return ReviewBattery(tuple(j for j in whole.judged if j not in lacks), tuple(j.check.name for j in lacks))
