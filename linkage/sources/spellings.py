"""How people write periods, and the SQL that rewrites each way into the one the suite uses (2026Q3, 2026M07)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.periods import period_sql
from linkage.tables.quoting import name_sql, text_sql

MONTHS = (
    "jan janv january januar enero janeiro janvier gennaio januari ene gen",
    "feb fevr february februar febrero fevereiro fevrier febbraio februari fev",
    "mar march marz marzo marco mars maart mrz mrt",
    "apr april abril avril aprile abr avr",
    "may mai mayo maio maggio mei mag",
    "jun june juni junio junho juin giugno giu",
    "jul juil july juli julio julho juillet luglio lug",
    "aug august agosto aout augustus ago",
    "sep sept september septiembre setembro septembre settembre set",
    "oct october oktober octubre outubro octobre ottobre okt out ott",
    "nov november noviembre novembro novembre",
    "dec december dezember diciembre dezembro decembre dicembre dez dic",
)
"""The names of the twelve months in seven languages, without accents; ä is written a."""

QUARTER = "(?:Q|T|K|QTR|QUARTER|QUARTAL|TRIM|TRIMESTRE|KWARTAAL)"
HALF = "(?:H|S|HJ|HALF|HALBJAHR|SEMESTRE)"
FISCAL = "(?:FY|GJ)?"
TEXT = "<text>"
GAP = r"[\s_/.,-]*"
YEAR = r"(?P<year>(?:19|20)\d{2})"
SHORT = r"'?(?P<short>\d{2})"
LETTER = {"month": "M", "quarter": "Q", "half": "H", "year": ""}


@dataclass(frozen=True)
class Spelling:
    """A way to write periods. kind : month, quarter, half or year. pattern : on upper-case text.

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
    places = re.compile(pattern).groupindex
    year = f"\\{places['year']}" if "year" in places else f"20\\{places['short']}"
    inside = f"{LETTER[kind]}\\{places['number']}" if "number" in places else ""
    made = f"regexp_replace({TEXT}, '^(?:{_unnamed(pattern)})$', '{year}{inside}')"
    if kind == "month":
        made = f"regexp_replace({made}, 'M(\\d)$', 'M0\\1')"
    return Spelling(name, kind, re.compile(pattern), sql or made)


def _unnamed(pattern: str) -> str:
    """A pattern as SQL takes it: groups without names, quotes doubled."""
    return re.sub(r"\?P<\w+>", "", pattern).replace("'", "''")


def _month_names_sql() -> str:
    """The month's number from the first letters of its name, whatever the language, and the year beside it."""
    text = f"replace(strip_accents(lower({TEXT})), 'ae', 'a')"
    longest = ["|".join(sorted(names.split(), key=len, reverse=True)) for names in MONTHS]
    month = " ".join(
        f"when regexp_matches({text}, '^\\W*\\d*\\W*({names})(\\W|\\d|$)') then '{number:02d}'"
        for number, names in enumerate(longest, start=1)
    )
    digits = f"regexp_extract({TEXT}, '(\\d{{4}}|\\d{{2}})', 1)"
    year = f"case when length({digits}) = 2 then '20' || {digits} else {digits} end"
    return f"({year} || 'M' || case {month} end)"


SPELLINGS: tuple[Spelling, ...] = (
    _spelling("2026Q3", "quarter", r"(?P<year>\d{4})Q(?P<number>[1-4])", TEXT),
    _spelling("2026M07", "month", r"(?P<year>\d{4})M(?P<number>0[1-9]|1[0-2])", TEXT),
    _spelling("2026H1", "half", r"(?P<year>\d{4})H(?P<number>[12])", TEXT),
    _spelling("2026", "year", YEAR, TEXT),
    _spelling("2026-Q3", "quarter", rf"{FISCAL}{GAP}{YEAR}{GAP}{QUARTER}{GAP}(?P<number>[1-4])"),
    _spelling("Q3 2026", "quarter", rf"{QUARTER}{GAP}(?P<number>[1-4]){GAP}{FISCAL}{GAP}{YEAR}"),
    _spelling("Q3 '26", "quarter", rf"{QUARTER}{GAP}(?P<number>[1-4]){GAP}{FISCAL}{GAP}{SHORT}"),
    _spelling("FY26 Q3", "quarter", rf"(?:FY|GJ){GAP}{SHORT}{GAP}{QUARTER}{GAP}(?P<number>[1-4])"),
    _spelling(
        "3. Quartal 2026", "quarter", rf"(?P<number>[1-4])[.ºª°]?{GAP}{QUARTER}{GAP}(?:DE )?{FISCAL}{YEAR}"
    ),
    _spelling("3Q26", "quarter", rf"(?P<number>[1-4]){GAP}{QUARTER}{GAP}{FISCAL}{SHORT}"),
    _spelling("2026-H1", "half", rf"{FISCAL}{GAP}{YEAR}{GAP}{HALF}{GAP}(?P<number>[12])"),
    _spelling("H1 2026", "half", rf"{HALF}{GAP}(?P<number>[12]){GAP}{FISCAL}{GAP}{YEAR}"),
    _spelling("H1 '26", "half", rf"{HALF}{GAP}(?P<number>[12]){GAP}{FISCAL}{GAP}{SHORT}"),
    _spelling("1. Halbjahr 2026", "half", rf"(?P<number>[12])[.ºª°]?{GAP}{HALF}{GAP}(?:DE )?{YEAR}"),
    _spelling("202607", "month", rf"{YEAR}(?P<number>1[0-2]|0[1-9])"),
    _spelling("2026/07", "month", rf"{YEAR}[\s_/.-]M?(?P<number>1[0-2]|0?[1-9])"),
    _spelling("07/2026", "month", rf"(?P<number>1[0-2]|0?[1-9])[\s_/.-]{YEAR}"),
    _spelling("FY 2026", "year", rf"(?:FY|GJ|YEAR|JAHR){GAP}{YEAR}"),
    _spelling("FY26", "year", rf"(?:FY|GJ){GAP}{SHORT}"),
)

_MONTH = "|".join(name.upper() for names in MONTHS for name in sorted(names.split(), key=len, reverse=True))
_NAMED = re.compile(
    rf"(?:{_MONTH})\.?{GAP}(?:DE )?'?(?:(?:19|20)\d{{2}}|\d{{2}})|(?:19|20)\d{{2}}{GAP}(?:{_MONTH})\.?"
)
MONTH_NAMES = Spelling("July 2026", "month", _NAMED, _month_names_sql())


def spelling_of(text: str) -> Spelling | None:
    """The way in which one text names a period; None where it names none. A bare year is one."""
    plain = text.strip().upper()
    for spelling in SPELLINGS:
        if spelling.pattern.fullmatch(plain):
            return spelling
    return MONTH_NAMES if MONTH_NAMES.pattern.fullmatch(_plain(plain)) else None


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
        if all(pattern.fullmatch(v.strip().upper()) or pattern.fullmatch(_plain(v)) for v in values):
            return spelling
    return good[0] if len(set(good)) == 1 else None


def rewritten_sql(spelling: Spelling, text: str) -> str:
    """SQL that writes a text's period as the suite does; a text that is none stays."""
    return spelling.sql.replace(TEXT, f"upper(trim({text}))")


def any_period_sql(text: str, kind: str | None = None, fiscal_year_starts: int = 1) -> str:
    """SQL for the suite's name of the period a text names, in whatever spelling; NULL where it names none.

    kind : take only months, quarters, halves or years. A month that is not in the suite's own spelling is one of
    the calendar: "Jan 2026" is 2025M10 where the year starts in April. Quarters, halves and years are the study's.
    """
    upper, plain = f"upper(trim({text}))", f"upper(replace(strip_accents(lower(trim({text}))), 'ae', 'a'))"
    cases = [
        f"when regexp_full_match({upper}, '{_unnamed(s.pattern.pattern)}') then {_on(s, text, fiscal_year_starts)}"
        for s in SPELLINGS
        if kind in (None, s.kind)
    ]
    if kind in (None, "month"):
        named = f"regexp_full_match({plain}, '{_unnamed(_NAMED.pattern)}')"
        cases.append(f"when {named} then {_on(MONTH_NAMES, text, fiscal_year_starts)}")
    return f"case {' '.join(cases)} end"


def _on(spelling: Spelling, text: str, starts: int) -> str:
    """A period on the study's fiscal calendar."""
    written = rewritten_sql(spelling, text)
    if starts == 1 or spelling.kind != "month" or spelling.is_ours:
        return written
    day = f"make_date(cast(left({written}, 4) as integer), cast(right({written}, 2) as integer), 1)"
    return period_sql(day, "month", starts)


def period_reasons(column: str, kind: str) -> list[tuple[str, str]]:
    """Why a text is no period of a kind: conditions and reasons, both SQL."""
    text = name_sql(column)
    other = f"{text} is not null and {any_period_sql(text)} is not null"
    example = {"month": "2026M07", "quarter": "2026Q3", "half": "2026H1", "year": "2022"}[kind]
    return [
        (
            other,
            text_sql(f"a period of another length than the study's {kind}: change 'period', or sum it up"),
        ),
        (f"{text} is not null", text_sql(f"not a {kind}: expected one such as {example}")),
    ]


def _plain(text: str) -> str:
    """Upper case without accents; ä, ae and a become one."""
    bare = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(c for c in bare if not unicodedata.combining(c)).replace("ae", "a").upper()
