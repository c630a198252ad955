"""SQL that reads what a mapping cannot say: durations, marks, epochs, words for yes, and periods in their own spelling.

What an expression cannot read stays the text it was, so that it is rejected by name and not lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.columns import Look
from linkage.proposing.dates import DateForm
from linkage.proposing.numbers import Signs
from linkage.sources.casts import FALSE, TRUE
from linkage.sources.decimal_signs import EITHER, own_number_sql, plain_sql
from linkage.sources.spellings import rewritten_sql
from linkage.tables.quoting import name_sql, text_sql

MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}
LETTER = {"month": "M", "quarter": "Q", "half": "H", "year": ""}


def special_sql(look: Look, signs: Signs) -> str | None:
    """The expression a column needs, or None where its text can be taken as it is."""
    text = name_sql(look.name)
    if look.kind == "marked" or look.negatives:
        plain = f"regexp_replace({text}, '[^0-9.,+\\-]', '', 'g')" if look.kind == "marked" else text
        return _with_minus(text, plain) if look.negatives else plain
    if look.kind == "duration":
        parts = look.values[0][0].count(":") + 1
        factors = [look.first_minutes / 60**place for place in range(parts)]
        summed = " + ".join(
            f"try_cast(split_part({text}, ':', {place}) as double) {_times(factor)}"
            for place, factor in enumerate(factors, start=1)
        )
        return _kept(_written(f"round({summed}, 4)", signs), text)
    if look.kind in ("epoch", "serial"):
        return _kept(f"cast({moment_sql(look)} as varchar)", text)
    return None


def _with_minus(text: str, plain: str) -> str:
    """A number whose minus stands behind it, or which stands in brackets instead of one, with its minus in front."""
    is_less = f"regexp_full_match(trim({text}), '\\(.*\\d.*\\)|.*\\d\\s*-')"
    return f"case when {is_less} then '-' || regexp_replace({text}, '[^0-9.,]', '', 'g') else {plain} end"


def _times(factor: float) -> str:
    return f"* {factor:g}" if factor >= 1 else f"/ {1 / factor:g}"


def _kept(expression: str, text: str) -> str:
    return f"coalesce({expression}, {text})"


def _written(number: str, signs: Signs) -> str:
    written = f"cast({number} as varchar)"
    if signs.decimal == EITHER:
        return own_number_sql(written)
    return f"replace({written}, '.', ',')" if signs.decimal == "," else written


def number_sql(look: Look, signs: Signs) -> str:
    """A column's text with a point and nothing else between its digits, for numbers that several files write in
    several ways."""
    text = special_sql(look, signs) or name_sql(look.name)
    if look.kind in ("flag", "worded"):
        return text
    if signs.decimal == EITHER:
        return f"({plain_sql(text)})"
    if signs.thousands == " ":
        text = f"regexp_replace({text}, '[ \u00a0\u202f]', '', 'g')"
    elif signs.thousands:
        text = f"replace({text}, {text_sql(signs.thousands)}, '')"
    return f"replace({text}, ',', '.')" if signs.decimal == "," else text


def value_sql(look: Look, signs: Signs) -> str:
    """A column as a number; NULL where it is none."""
    text = number_sql(look, signs)
    if look.kind == "percent":
        return f"try_cast(rtrim({text}, ' %') as double) / 100"
    if look.words:
        cases = " ".join(f"when {text_sql(word.lower())} then {number}" for word, number in look.words)
        return f"case lower({text}) {cases} else try_cast({text} as double) end"
    if look.kind == "flag":
        said = sorted({v.lower() for v, _ in look.values})
        yes, no = (_quoted([v for v in said if v in words]) for words in (TRUE, FALSE))
        return f"case when lower({text}) in ({yes}) then 1.0 when lower({text}) in ({no}) then 0.0 end"
    return f"try_cast({text} as double)"


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(map(text_sql, words))


def moment_sql(look: Look) -> str:
    """A column as a timestamp without zone; NULL where it is none."""
    text = name_sql(look.name)
    if look.kind == "epoch":
        factor = 1_000_000 if look.mark == "seconds" else 1_000
        return f"make_timestamp(try_cast({text} as bigint) * {factor})"
    if look.kind == "serial":
        number = f"try_cast(replace({text}, ',', '.') as double)"
        return f"(timestamp '1899-12-30' + to_seconds(round({number} * 86400)))"
    return date_sql(look.dates, text) if look.dates else "null::timestamp"


def date_sql(form: DateForm, text: str) -> str:
    tried = [f"try_strptime({text}, {text_sql(f)})" for f in form.formats]
    # A zone is dropped here: this only finds the first and last day.
    tried.append(f"try_cast(left(replace({text}, 'T', ' '), 19) as timestamp)")
    return f"coalesce({', '.join(tried)})" if len(tried) > 1 else tried[0]


def plain_date_sql(look: Look, signs: Signs) -> str:
    """A column's times in ISO, for dates that several files write in several ways."""
    if special := special_sql(look, signs):
        return special
    text = name_sql(look.name)
    if look.dates is None or not look.dates.formats:
        return text
    tried = ", ".join(f"cast(try_strptime({text}, {text_sql(f)}) as varchar)" for f in look.dates.formats)
    return f"coalesce({tried}, {text})"


def own_period_sql(look: Look, kind: str) -> str:
    """A column's period in the suite's spelling, brought to a kind that is as long or longer."""
    text, spelling = name_sql(look.name), look.spelling
    if spelling is None:
        return text
    written = rewritten_sql(spelling, text)
    if spelling.kind == kind:
        return written
    last = last_month_sql(written, spelling.kind)
    if kind == "year":
        return f"left({written}, 4)"
    number = f"cast(ceil({last} / {MONTHS_IN[kind]}.0) as integer)"
    return f"left({written}, 4) || '{LETTER[kind]}' || cast({number} as varchar)"


def last_month_sql(period: str, kind: str) -> str:
    """The number of a period's last month in its year."""
    if kind == "year":
        return "12"
    width = 2 if kind == "month" else 1
    return f"(try_cast(right({period}, {width}) as integer) * {MONTHS_IN[kind]})"


def last_day_sql(look: Look) -> str:
    """The last day of a column's period, for answers of which only the period is known."""
    if look.spelling is None:
        return name_sql(look.name)
    written = rewritten_sql(look.spelling, name_sql(look.name))
    month = last_month_sql(written, look.spelling.kind)
    day = f"last_day(make_date(try_cast(left({written}, 4) as integer), {month}, 1))"
    return _kept(f"cast({day} as varchar)", name_sql(look.name))


def day_period_sql(moment: str, kind: str) -> str:
    """The suite's name of the period a timestamp lies in, for tables of days brought to periods."""
    half = f"year({moment}) || 'H' || case when month({moment}) <= 6 then 1 else 2 end"
    return {
        "month": f"strftime({moment}, '%YM%m')",
        "quarter": f"year({moment}) || 'Q' || quarter({moment})",
        "half": half,
        "year": f"strftime({moment}, '%Y')",
    }[kind]
