"""What each column of a table holds: its kind, how it is written, its range and what stands for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linkage.proposing.dates import DateForm, date_form
from linkage.proposing.intake import Intake, Table
from linkage.proposing.meaning import folded, key_of, measure_of, names_a_date, names_a_period
from linkage.proposing.names import fold
from linkage.proposing.numbers import AGREE, MARKED, NEGATIVE, Signs, bare, number_signs, share_read
from linkage.proposing.replies import MISSING, NO, UNMISTAKABLE, YES
from linkage.proposing.units import CURRENCIES, UNITS
from linkage.proposing.wordings import in_words
from linkage.sources.casts import FALSE, TRUE
from linkage.sources.spellings import Spelling, spelling_of_all
from linkage.tables.quoting import name_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTINCT = 3_000
"""Distinct values of a column that are looked at, the most frequent first."""

LONG_TEXT = 40
"""Characters on average from which a text is a comment rather than a word."""

DURATION = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d")
CLOCKED = re.compile(r"\d{1,3}:[0-5]\d")
CLOCK_FORMS = {"mm:ss": 1.0, "m:ss": 1.0, "min:sec": 1.0, "hh:mm": 60.0, "h:mm": 60.0}
"""How a header says what 12:30 means, and the minutes of its first part."""


@dataclass(frozen=True)
class Look:
    """What a column holds.

    kind : empty, flag, whole, number, worded (answers in words), marked (a number with a currency or unit), percent,
    duration (h:mm:ss, or what its header says), epoch, serial (days as spreadsheets count them), date, time, period,
    choices (several in a cell) or text. filled, distinct : of the sample's rows. values : distinct values by
    frequency, without the missing words. numbers : those values as numbers, with counts. words : what words stand
    for; ends : of the scale they say.
    choices : how often each was made; apart : the sign between them. first_minutes : of a duration, what the first
    of its parts counts. negatives : whether some numbers have their minus behind them, or brackets for one.
    """

    name: str
    kind: str
    filled: int
    distinct: int
    values: tuple[tuple[str, int], ...]
    missing: tuple[str, ...] = ()
    numbers: tuple[tuple[float, int], ...] = ()
    dates: DateForm | None = None
    spelling: Spelling | None = None
    plain_flag: bool = True
    mark: str = ""
    length: float = 0.0
    words: tuple[tuple[str, float], ...] = ()
    ends: tuple[float, float] | None = None
    why: str = ""
    choices: tuple[tuple[str, int], ...] = ()
    apart: str = ""
    first_minutes: float = 60.0
    negatives: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in ("whole", "number", "marked", "percent", "duration", "flag", "worded")

    @property
    def is_date(self) -> bool:
        return self.kind in ("date", "time", "epoch", "serial")

    @property
    def is_comment(self) -> bool:
        return self.kind == "text" and self.length >= LONG_TEXT

    @property
    def low(self) -> float:
        return min(n for n, _ in self.numbers)

    @property
    def high(self) -> float:
        return max(n for n, _ in self.numbers)


@dataclass(frozen=True)
class Looks:
    """A table with what its columns hold and how it writes numbers. sampled : rows looked at."""

    table: Table
    columns: dict[str, Look]
    signs: Signs
    sampled: int

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for look in self.columns.values() for word in look.missing))

    def of_kind(self, *kinds: str) -> list[Look]:
        return [look for look in self.columns.values() if look.kind in kinds]


def look_at(intake: Intake, table: Table) -> Looks:
    """Look at every column of a table's sample."""
    sample = f"s_{table.view}"
    counted = {name: _counted(intake, sample, name) for name in table.columns}
    kept = {name: _without_missing(values) for name, values in counted.items()}
    texts = [[v for v, _ in values] for values, _ in kept.values()]
    signs = number_signs(texts, continental=_continental(table, texts))
    day_first = _day_first(intake, texts, signs)
    sampled = intake.rows(f"select count(*) from {sample}")[0][0]
    columns = {}
    for name, (values, missing) in kept.items():
        look = _look(intake, name, values, missing, signs, day_first)
        columns[name] = _spare_text(look)
    return Looks(table, columns, signs, sampled)


def _counted(intake: Intake, sample: str, name: str) -> list[tuple[str, int]]:
    column = name_sql(name)
    return intake.rows(
        f"select {column}, count(*) from {sample} where {column} is not null and {column} <> '' "
        f"group by 1 order by 2 desc, 1 limit {DISTINCT}"
    )


def _without_missing(
    values: list[tuple[str, int]],
) -> tuple[list[tuple[str, int]], tuple[str, ...]]:
    words = tuple(v for v, _ in values if v.lower() in MISSING)
    return [(v, n) for v, n in values if v.lower() not in MISSING], words


def _spare_text(look: Look) -> Look:
    """In a column of text only the unmistakable words mean nothing: "none" or "unknown" may be an answer."""
    if look.kind != "text":
        return look
    return replace(look, missing=tuple(w for w in look.missing if w.lower() in UNMISTAKABLE))


def _continental(table: Table, texts: Sequence[Sequence[str]]) -> bool:
    """Whether the table looks as if written where the comma is the decimal sign."""
    dotted_days = any(re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2,4}.*", column[0]) for column in texts if column)
    return table.first.delimiter == ";" or dotted_days


def _day_first(intake: Intake, texts: Sequence[Sequence[str]], signs: Signs) -> bool | None:
    """Which order of day and month another column of the same table settles."""
    for column in texts:
        form = date_form(column[:300], intake.rows)
        if form and form.formats and form.swapped is None and form.formats[0].startswith(("%d", "%m")):
            return form.formats[0].startswith("%d")
    return True if signs.decimal == "," else None


def _look(
    intake: Intake,
    name: str,
    values: list[tuple[str, int]],
    missing: tuple[str, ...],
    signs: Signs,
    day_first: bool | None,
) -> Look:
    texts = [v for v, _ in values]
    filled = sum(n for _, n in values)
    look = Look(name, "text", filled, len(values), tuple(values), missing)
    if not values:
        return replace(look, kind="empty")
    length = sum(len(v) * n for v, n in values) / filled
    if flag := _flag(texts):
        numbers = tuple((float(folded(v) in YES or v.lower() in TRUE), n) for v, n in values)
        words = (
            () if flag == "plain" else tuple((v, x) for (v, _), (x, _) in zip(values, numbers, strict=True))
        )
        return replace(look, kind="flag", plain_flag=flag == "plain", numbers=numbers, words=words)
    spelling = spelling_of_all(texts)
    if spelling and (names_a_period(name) or not re.fullmatch(r"[\d.]+", texts[0])):
        return replace(look, kind="period", spelling=spelling)
    if (first := _clocked(name, texts)) and measure_of(name):
        numbers = tuple((_minutes(v, first), n) for v, n in values)
        return replace(look, kind="duration", numbers=numbers, first_minutes=first)
    form = date_form(texts, intake.rows, day_first=day_first)
    if form and (names_a_date(name) or not re.fullmatch(r"\d{8}", texts[0])):
        return replace(look, kind="time" if form.has_clock else "date", dates=form)
    look = _number_look(replace(look, length=length), texts, values, signs)
    return in_words(look) if look.kind == "text" else look


def _flag(texts: Sequence[str]) -> str:
    """Whether a column only says yes and no: "plain" in words staging reads, "other" in words of a language."""
    lowered = {t.lower() for t in texts}
    if len(lowered) != 2:
        return ""
    if lowered & set(TRUE) and lowered & set(FALSE) and lowered <= {*TRUE, *FALSE}:
        return "plain"
    said = {folded(t) for t in texts}
    return "other" if len(said & YES) == 1 and len(said & NO) == 1 else ""


def _number_look(look: Look, texts: Sequence[str], values: list[tuple[str, int]], signs: Signs) -> Look:
    padded = sum(bool(re.fullmatch(r"0\d+", v)) for v in texts)
    if padded >= 0.02 * len(texts) and padded >= 1 and not any("," in v or "." in v for v in texts):
        return look  # a code: its zeros count
    negatives = any(map(NEGATIVE.fullmatch, texts))
    if negatives and share_read(bare(texts), signs) >= AGREE and not key_of(look.name):
        look = replace(look, negatives=True)
    plain = [_bare_negative(v) if look.negatives else v.removesuffix("%").strip() for v in texts]
    if share_read(plain, signs) >= AGREE:
        numbers = tuple(
            (x, n) for v, (_, n) in zip(plain, values, strict=True) if (x := signs.number(v)) is not None
        )
        percent = sum(v.endswith("%") for v in texts) >= AGREE * len(texts)
        whole = all(float(x).is_integer() for x, _ in numbers)
        kind = "percent" if percent else "whole" if whole else "number"
        look = replace(look, kind=kind, numbers=numbers)
        return _as_moment(look) if whole else look
    if share_read(bare(texts), signs) >= AGREE and not key_of(look.name) and (mark := _one_mark(texts)):
        read = ((signs.number(b), n) for b, (_, n) in zip(bare(texts), values, strict=True))
        numbers = tuple((x, n) for x, n in read if x is not None)
        return replace(look, kind="marked", numbers=numbers, mark=mark)
    return look


def _bare_negative(value: str) -> str:
    return bare([value])[0] if NEGATIVE.fullmatch(value) else value


def _one_mark(texts: Sequence[str]) -> str:
    """The one currency or unit beside the numbers of a column; "" where there is none, or what stands there is none.

    Before a number only a currency stands: S2022 is no 2,022 seconds, and #12 no number at all.
    """
    found = [m for v in texts if not NEGATIVE.fullmatch(v) and (m := MARKED.fullmatch(v))]
    before, marks = {m["before"].strip() for m in found}, {(m["before"] + m["after"]).strip() for m in found}
    marks.discard("")
    if len(marks) != 1 or not all(map(is_currency, before - {""})):
        return ""
    mark = marks.pop()
    return mark if is_mark(mark) else ""


def is_currency(text: str) -> bool:
    """Whether something is the sign or the name of a currency, or a sign such as a plus or a star."""
    if any(c.isalnum() for c in text):
        return any(fold(text).strip(". ") in UNITS[currency] for currency in CURRENCIES)
    return "#" not in text


def is_mark(text: str) -> bool:
    """Whether something beside a number is a unit or a currency, and not a word the number belongs to."""
    return not any(c.isalnum() for c in text) or any(
        fold(text).strip(". ") in names for names in UNITS.values()
    )


def _as_moment(look: Look) -> Look:
    """Whole numbers that are seconds since 1970, or days since 1900, in a column that speaks of a date."""
    if not names_a_date(look.name) or measure_of(look.name):
        return look
    if look.low >= 631152000 and look.high <= 2208988800:
        return replace(look, kind="epoch", mark="seconds")
    if look.low >= 631152000000 and look.high <= 2208988800000:
        return replace(look, kind="epoch", mark="milliseconds")
    if look.low >= 25569 and look.high <= 73050:
        return replace(look, kind="serial")
    return look


def _clocked(name: str, texts: Sequence[str]) -> float:
    """The minutes that the first part of durations stands for; 0 where they are none, or nothing says what 12:30 is."""
    if all(DURATION.fullmatch(v) for v in texts):
        return 60.0
    said = next((minutes for form, minutes in CLOCK_FORMS.items() if form in name.lower()), 0.0)
    return said if all(CLOCKED.fullmatch(v) for v in texts) else 0.0


def _minutes(text: str, first: float) -> float:
    return sum(first * int(part) / 60**place for place, part in enumerate(text.split(":")))


def looks_like_code(look: Look) -> bool:
    """Whether values may be keys: words without blanks, or whole numbers, many of them."""
    if look.kind == "whole":
        return look.distinct >= 5
    short = all(len(v) <= 40 for v, _ in look.values[:200])
    spaced = sum(" " in v for v, _ in look.values[:200])
    return look.kind == "text" and short and spaced <= 0.05 * min(len(look.values), 200)
