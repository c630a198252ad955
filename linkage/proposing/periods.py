"""How people write periods, and the SQL that rewrites each way into the one the suite uses (2026Q3, 2026M07)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.proposing.names import fold

MONTHS = (
    "jan january januar enero janeiro janvier gennaio januari ene gen",
    "feb february februar febrero fevereiro fevrier febbraio februari fev",
    "mar march marz marzo marco mars maart mrz mrt",
    "apr april abril avril aprile abr avr",
    "may mai mayo maio maggio mei mag",
    "jun june juni junio junho juin giugno giu",
    "jul july juli julio julho juillet luglio lug",
    "aug august agosto aout augustus ago",
    "sep sept september septiembre setembro septembre settembre set",
    "oct october oktober octubre outubro octobre ottobre okt out ott",
    "nov november noviembre novembro novembre",
    "dec december dezember diciembre dezembro decembre dicembre dez dic",
)
"""The names of the twelve months in the languages of the vocabulary, folded."""

QUARTER = "(?:Q|T|K|QTR|QUARTER|QUARTAL|TRIM|TRIMESTRE|KWARTAAL)"
HALF = "(?:H|S|HJ|HALF|HALBJAHR|SEMESTRE)"
TEXT = "<text>"
GAP = r"[\s_/.,-]*"


@dataclass(frozen=True)
class Spelling:
    """A way to write periods. kind : month, quarter, half or year. pattern : on upper-case text; says year and number.

    sql : what rewrites it, TEXT standing for the text in upper case without blanks around.
    """

    name: str
    kind: str
    pattern: re.Pattern[str]
    sql: str

    @property
    def is_ours(self) -> bool:
        """Whether it is the suite's own, and needs no rewriting."""
        return self.sql == TEXT and self.name[-1].isdigit()


def _spelling(name: str, kind: str, pattern: str, sql: str = "") -> Spelling:
    letter = {"month": "M", "quarter": "Q", "half": "H", "year": ""}[kind]
    places = re.compile(pattern).groupindex
    year, number = places["year"], places.get("number")
    plain = re.sub(r"\?P<\w+>", "", pattern)
    inside = f"{letter}\\{number}" if number else ""
    made = f"regexp_replace({TEXT}, '^(?:{plain})$', '\\{year}{inside}')"
    if kind == "month":
        made = f"regexp_replace({made}, 'M(\\d)$', 'M0\\1')"
    return Spelling(name, kind, re.compile(pattern), sql or made)


def _month_names_sql() -> str:
    """The month's number from the first letters of its name, whatever the language, and the year beside it."""
    text = f"replace(strip_accents(lower({TEXT})), 'ae', 'a')"
    month = " ".join(
        f"when regexp_matches({text}, '^\\W*\\d*\\W*({'|'.join(sorted(names.split(), key=len, reverse=True))})\\M') "
        f"then '{number:02d}'"
        for number, names in enumerate(MONTHS, start=1)
    ).replace("\\M", "(\\W|\\d|$)")
    digits = f"regexp_extract({TEXT}, '(\\d{{4}}|\\d{{2}})', 1)"
    year = f"case when length({digits}) = 2 then '20' || {digits} else {digits} end"
    return f"({year} || 'M' || case {month} end)"


SPELLINGS: tuple[Spelling, ...] = (
    _spelling("2026Q3", "quarter", r"(?P<year>\d{4})Q(?P<number>[1-4])", TEXT),
    _spelling("2026M07", "month", r"(?P<year>\d{4})M(?P<number>0[1-9]|1[0-2])", TEXT),
    _spelling("2026H1", "half", r"(?P<year>\d{4})H(?P<number>[12])", TEXT),
    _spelling("2026", "year", r"(?P<year>(?:19|20)\d{2})", TEXT),
    _spelling("2026-Q3", "quarter", rf"(?P<year>\d{{4}}){GAP}{QUARTER}{GAP}(?P<number>[1-4])"),
    _spelling("Q3 2026", "quarter", rf"{QUARTER}{GAP}(?P<number>[1-4]){GAP}(?P<year>\d{{4}})"),
    _spelling(
        "3. Quartal 2026", "quarter", rf"(?P<number>[1-4])[.ºª°]?{GAP}{QUARTER}{GAP}(?:DE )?(?P<year>\d{{4}})"
    ),
    _spelling("2026-H1", "half", rf"(?P<year>\d{{4}}){GAP}{HALF}{GAP}(?P<number>[12])"),
    _spelling("H1 2026", "half", rf"{HALF}{GAP}(?P<number>[12]){GAP}(?P<year>\d{{4}})"),
    _spelling("1. Halbjahr 2026", "half", rf"(?P<number>[12])[.ºª°]?{GAP}{HALF}{GAP}(?P<year>\d{{4}})"),
    _spelling("202607", "month", r"(?P<year>(?:19|20)\d{2})(?P<number>1[0-2]|0[1-9])"),
    _spelling("2026/07", "month", r"(?P<year>(?:19|20)\d{2})[\s_/.-]M?(?P<number>1[0-2]|0?[1-9])"),
    _spelling("07/2026", "month", r"(?P<number>1[0-2]|0?[1-9])[\s_/.-](?P<year>(?:19|20)\d{2})"),
    _spelling("FY 2026", "year", rf"(?:FY|GJ|YEAR|JAHR){GAP}(?P<year>(?:19|20)\d{{2}})"),
)

_MONTH = "|".join(name.upper() for names in MONTHS for name in sorted(names.split(), key=len, reverse=True))
_NAMED = re.compile(
    rf"(?P<name>{_MONTH})\.?{GAP}(?:DE )?'?(?P<year>\d{{4}}|\d{{2}})|(?P<first>\d{{4}}){GAP}(?:{_MONTH})\.?"
)
MONTH_NAMES = Spelling("July 2026", "month", _NAMED, _month_names_sql())


def spelling_of(text: str) -> Spelling | None:
    """The way in which one text names a period; None where it names none. A bare year is one."""
    plain = text.strip().upper()
    for spelling in SPELLINGS:
        if spelling.pattern.fullmatch(plain):
            return spelling
    return MONTH_NAMES if MONTH_NAMES.pattern.fullmatch(fold(text.strip()).upper()) else None


def spelling_of_all(values: Sequence[str]) -> Spelling | None:
    """The one way in which nearly all values name periods; None where there is none."""
    if not any(spelling_of(v) for v in values[:20]):
        return None
    found = [spelling_of(v) for v in values]
    good = [s for s in found if s is not None]
    if not good or len(good) < 0.97 * len(values):
        return None
    for spelling in dict.fromkeys(good):
        pattern = spelling.pattern
        if all(
            pattern.fullmatch(v.strip().upper()) or pattern.fullmatch(fold(v.strip()).upper()) for v in values
        ):
            return spelling
    return good[0] if len(set(good)) == 1 else None


def period_sql(spelling: Spelling, text: str) -> str:
    """SQL that writes a text's period as the suite does; a text that is none stays, and is rejected by name."""
    return spelling.sql.replace(TEXT, f"upper(trim({text}))")
