"""Why a value could not be read, in words that say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.sources.casts import DAY, Reading
from linkage.sources.decimal_signs import EITHER, OPEN
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column

MISSING = "missing"

OTHERWISE = {
    "number": "not a number",
    "percent": "not a percentage",
    "whole": "not a whole number",
    "flag": "not a yes or no: expected such as yes, no, true, false, 1 or 0, or declare others under words",
    "date": "not a date: expected one such as 2026-03-31, or declare its format under dates",
    "time": "not a time: expected one such as 2026-03-31 14:05:00, or declare its format under dates",
}

UNSAID = "not one of the words declared for it: add it under words, or under missing"

Cases = Sequence[tuple[str, str]]


def reason_sql(column: Column, reading: Reading, first: Cases = ()) -> str:
    """Why the text of a column gave no value: a SQL expression over the text, true of rejected values only.

    first : conditions that come before all others, each with its reason as SQL.
    """
    text = name_sql(column.name)
    before = " ".join(f"when {condition} then {words}" for condition, words in first)
    if column.kind in ("text", "key"):
        return f"case {before} else {text_sql(MISSING)} end" if before else text_sql(MISSING)
    if column.kind in ("date", "time"):
        cases = _of_dates(text, reading)
    elif column.kind == "flag":
        cases = _of_scale(column, reading)
    else:
        cases = [*_of_infinity(text), *_of_scale(column, reading), *_of_numbers(column, text, reading)]
    if column.metric and column.metric.words:
        cases = [*cases, (f"regexp_matches({text}, '[[:alpha:]]')", UNSAID)]
    listed = " ".join(f"when {condition} then {text_sql(words)}" for condition, words in cases)
    return f"case when {text} is null then '{MISSING}' {before} {listed} else {text_sql(OTHERWISE[column.kind])} end"


def _of_scale(column: Column, reading: Reading) -> Cases:
    if column.low is None and column.high is None:
        return []
    return [(f"{reading.value_sql(column)} is not null", outside_words(column))]


def outside_words(column: Column) -> str:
    low, high = (("" if end is None else f"{end:g}") for end in (column.low, column.high))
    return f"outside the scale {low} to {high}"


def _of_infinity(text: str) -> Cases:
    return [(f"regexp_full_match(lower({text}), '[+-]?(nan|inf|infinity) ?%?')", "not a finite number")]


def _of_numbers(column: Column, text: str, reading: Reading) -> Cases:
    too_far = (
        "not a whole number of at most 18 digits" if column.kind == "whole" else "too large for a number"
    )
    cases = [
        (reading.is_number_sql(text), too_far),
        (
            f"regexp_matches({text}, '[$€£¥₹]|^[A-Z]{{3}} ?[-0-9]|[0-9] ?[A-Z]{{3}}$')",
            _of_currency(column, reading),
        ),
    ]
    if column.kind != "percent":
        cases.append(
            (f"ends_with({text}, '%')", f"a percent sign: declare types: {{{column.name}: percent}}")
        )
    if reading.decimal == EITHER:
        open_words = (
            "thousands or a fraction? Its column writes both: write such numbers with one decimal sign"
        )
        cases.append((f"regexp_full_match({text}, {text_sql(OPEN)})", open_words))
    if reading.decimal == "." and reading.thousands != ",":
        advice = """a comma in a number: declare decimal: "," or thousands: "," for this source"""
        cases.append((f"regexp_full_match({text}, '[+-]?[0-9.]*,[0-9.,]* ?%?')", advice))
    if reading.decimal == "," and reading.thousands != ".":
        advice = """a point in a number: declare thousands: "." for this source, or leave out decimal"""
        cases.append((f"regexp_full_match({text}, '[+-]?[0-9,]*\\.[0-9.,]* ?%?')", advice))
    return cases


def _of_currency(column: Column, reading: Reading) -> str:
    if reading.is_money(column):
        return (
            f"another currency than {reading.currency}, or a number written otherwise than its column's: give the "
            "source a column of currencies and the study 'rates', or correct it"
        )
    return "a currency with the number: leave only the number in the column, or cut the sign off in a select"


def _of_dates(text: str, reading: Reading) -> Cases:
    cases = [
        (
            f"regexp_matches({text}, '^(0\\d|1[0-8]|2[2-9]|[3-9]\\d)\\d\\d-\\d')",
            "a year outside 1900 to 2199: if it stands for no date, list it under missing",
        ),
        (f"regexp_full_match({text}, '{DAY}.*')", "no such day or time"),
    ]
    if reading.dates:
        return [
            *cases,
            (f"{text} is not null", f"not in the declared format of dates: {', '.join(reading.dates)}"),
        ]
    for apart in "/.-":
        advice = f'day first or month first? Declare dates: "%d{apart}%m{apart}%Y" or dates: "%m{apart}%d{apart}%Y"'
        cases.append((f"regexp_matches({text}, '^\\d{{1,2}}\\{apart}\\d{{1,2}}\\{apart}\\d{{2,4}}')", advice))
    spreadsheet = "a day number of a spreadsheet: format the column as a date there"
    return [*cases, (f"regexp_full_match({text}, '[2-5]\\d{{4}}(\\.\\d+)?')", spreadsheet)]
