"""How a column writes dates and times: the formats that read it, and what decides between day and month first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from linkage.tables.quoting import text_sql

DAYS = (
    *(
        "%d.%m.%Y",
        "%d.%m.%y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%d-%m-%y",
    ),
    *(
        "%m-%d-%y",
        "%Y-%m-%d",
        "%d/%b/%y",
        "%d/%b/%Y",
        "%d %b %y",
        "%a %b %d %Y",
        "%a, %d %b %Y",
        "%A, %B %d, %Y",
        "%a, %b %d, %Y",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d %B %Y",
        "%b %d, %Y",
    ),
    *("%B %d, %Y", "%b %d %Y"),
)
CLOCKS = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    "T%H:%M:%S",
    " %H:%M:%S.%f",
    ", %H:%M",
    ", %H:%M:%S",
    " %I:%M%p",
    " %I:%M:%S%p",
    ", %I:%M %p",
    ", %I:%M:%S %p",
    " at %I:%M %p",
    " %H:%M Uhr",
    ", %H:%M Uhr",
    " um %H:%M",
    " %Hh%M",
    " à %H:%M",
    " %H:%M:%S %z",
    "T%H:%M:%S%z",
    " %H.%M",
    "T%H:%M",
)

ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?"
)
DATELIKE = re.compile(r"(?=.*\d).*[-/. :].*|\d{8}")

AGREE = 0.97


@dataclass(frozen=True)
class DateForm:
    """How dates are written. formats : for strptime, none for ISO. has_clock : whether a time of day is there.

    why : the evidence. swapped : the format with day and month the other way round where the values leave that open.
    """

    formats: tuple[str, ...]
    has_clock: bool
    why: str
    swapped: str | None = None


def date_form(
    values: Sequence[str], ask: Callable[[str], list[tuple]], *, day_first: bool | None = None
) -> DateForm | None:
    """How nearly all of some distinct values are dates; None where they are not.

    ask : runs a query. day_first : what other signs of the table say, for values that both orders read.
    """
    if not values or sum(DATELIKE.fullmatch(v) is not None for v in values) < AGREE * len(values):
        return None
    iso = [v for v in values if ISO.fullmatch(v)]
    rest = [v for v in values if not ISO.fullmatch(v)]
    if len(iso) >= AGREE * len(values):
        return DateForm((), any(":" in v for v in iso), "ISO dates")
    if any(re.fullmatch(r"[+-]?\d+[.,]?\d*", v) and len(v) != 8 for v in values[:50]):
        return None
    reads = _readings(rest, ask)
    if not reads:
        return None
    best = max(reads.values())
    if best < AGREE * len(rest):
        return _several(values, rest, reads, ask)
    return _choose([f for f, n in reads.items() if n == best], values, day_first)


def _readings(values: Sequence[str], ask: Callable[[str], list[tuple]]) -> dict[str, int]:
    """How many values each format reads, where the years make sense."""
    shapes = {_shape(v) for v in values[:200]}
    formats = [day + clock for day in DAYS for clock in CLOCKS if _format_shape(day + clock) & shapes]
    if not formats:
        return {}
    listed = ", ".join(f"({text_sql(v)})" for v in values)
    counts = ", ".join(
        f"count(*) filter (year(try_strptime(v, {text_sql(f)})) between 1900 and 2199)" for f in formats
    )
    found = ask(f"select {counts} from (values {listed}) as given(v)")[0]
    return {f: n for f, n in zip(formats, found, strict=True) if n}


def _shape(value: str) -> tuple[str, bool]:
    """The signs of a value, and whether a year of four digits is among them: it spares most of the trying."""
    return "".join(sorted(re.sub(r"\w", "", value))), re.search(r"\d{4}", value) is not None


def _format_shape(form: str) -> set[tuple[str, bool]]:
    """The shapes of values a format may read; microseconds bring four digits, whatever the year."""
    signs = "".join(sorted(re.sub(r"\w", "", re.sub(r"%\w", "", form))))
    # A four-digit year must not be read as a two-digit one followed by something else.
    return {(signs, "%Y" in form), *([(signs, True)] if "%f" in form else [])}


def _choose(formats: list[str], values: Sequence[str], day_first: bool | None) -> DateForm:
    clock = any("%H" in f or "%I" in f for f in formats)
    day, month = (next((f for f in formats if _begins(f, sign)), None) for sign in ("%d", "%m"))
    if day is None or month is None:
        form = formats[0]
        return DateForm((form,), clock, _decisive(form, values))
    first, second = zip(*(map(int, re.findall(r"\d+", v)[:2]) for v in values), strict=True)
    if len(values) >= 3 and set(first) != set(second):
        if set(first) == {1}:
            return DateForm((day,), clock, "the first number is always 1: the first day of a month")
        if set(second) == {1}:
            return DateForm((month,), clock, "the second number is always 1: the first day of a month")
    form, other = (day, month) if day_first is not False else (month, day)
    return DateForm((form,), clock, f"no day after the 12th decides; taken as {form}", swapped=other)


def _begins(form: str, sign: str) -> bool:
    return form.startswith(sign) and "%b" not in form and "%B" not in form


def _decisive(form: str, values: Sequence[str]) -> str:
    """A value only one order of day and month can read."""
    for value in values:
        numbers = [int(n) for n in re.findall(r"\d+", value)[:2]]
        if form.startswith(("%d", "%m")) and len(numbers) == 2 and max(numbers) > 12 and max(numbers) < 32:
            return f"{value!r} can only be {form}"
    return f"such as {values[0]!r}"


def _several(
    values: Sequence[str], rest: Sequence[str], reads: dict[str, int], ask: Callable[[str], list[tuple]]
) -> DateForm | None:
    """Two formats in one column, or one beside ISO, that together read nearly everything."""
    iso = len(values) - len(rest)
    ranked = sorted(reads, key=lambda f: -reads[f])[:6]
    for count in (1, 2):
        for pair in [ranked[i : i + count] for i in range(len(ranked))]:
            listed = ", ".join(f"({text_sql(v)})" for v in rest)
            tried = ", ".join(f"try_strptime(v, {text_sql(f)})" for f in pair)
            both = ask(f"select count(coalesce({tried})) from (values {listed}) as given(v)")[0][0]
            if both + iso >= AGREE * len(values) and not {"%d", "%m"} <= {f[:2] for f in pair}:
                return DateForm(
                    tuple(pair), any("%H" in f or "%I" in f for f in pair), "written in several ways"
                )
    return None
