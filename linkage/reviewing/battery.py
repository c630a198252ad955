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

if TYPE_CHECKING:
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


@dataclass(frozen=True)
class Judged:
    """A check of the whole report. chapter : where it is read. links : those it was raised for."""

    chapter: str
    check: Check
    links: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class ReviewBattery(Result):
    """The checks over a whole report.

    judged : every check with its chapter, chapters in order, the worst first within each. A check of links stands
    once, with how many links came out how and the names of those it was raised for.
    """

    judged: tuple[Judged, ...]

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
        return " ".join([said, *failed[:SHOWN_LINKS]])


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
    """One check over all links: the gravest verdict, how many came out how, and the advice of the first raised."""
    verdicts = {link: _gravest(checks) for link, checks in by_link.items()}
    counted = Counter(verdicts.values())
    verdict = next(word for word in ORDER if counted[word])
    raised = tuple(link for link, word in verdicts.items() if word == verdict)
    first = next(c for c in by_link[raised[0]] if c["verdict"] == verdict)
    more = f" (and {len(raised) - 1} more)" if len(raised) > 1 else ""
    value = ", ".join(f"{counted[word]} {word}" for word in ORDER if counted[word])
    told = (
        f"{raised[0]}{more}: {first['advice']}"
        if verdict != PASS
        else ("One link." if len(by_link) == 1 else f"All {len(by_link)} links.")
    )
    return Judged(
        chapter_of(name), Check(name, verdict, value, first["limit"], told), () if verdict == PASS else raised
    )


def _gravest(checks: list[Row]) -> str:
    return next(word for word in ORDER if word in {c["verdict"] for c in checks})


def review_battery(study: OpenStudy, *, period: object = None) -> ReviewBattery:
    """The battery over one study and period as far as its data tell; money and what was published is the review's.

    period : default the last complete one. Raises PeriodError for one the study has no data of.
    """
    from linkage.publishing import plain
    from linkage.report.ledger import published_ledger

    rows = [plain(row) for row in study.links(period=period).findings()]
    return judge_report(rows, ledger=published_ledger(study), declared=tuple(study.study.links))
