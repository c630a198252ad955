"""Text to typed values, in SQL: how each kind of column is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.sources.decimal_signs import EITHER, NUMBER, plain_sql
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column
    from linkage.study_file.declaration import SourceSpec

# What spreadsheets and web forms leave around values: no-break and zero-width spaces, byte order marks.
AROUND = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"

TRUE = (
    *(
        "true",
        "yes",
        "y",
        "t",
        "1",
        "1.0",
        "wahr",
        "ja",
        "j",
        "vrai",
        "oui",
        "o",
        "verdadero",
        "sí",
        "si",
        "s",
    ),
    *("verdadeiro", "sim", "vero", "sì", "waar"),
)
FALSE = (
    *("false", "no", "n", "f", "0", "0.0", "falsch", "nein", "faux", "non", "falso", "não", "nao"),
    *("onwaar", "nee"),
)
"""Yes and no in English, German, French, Spanish, Portuguese, Italian and Dutch."""

DAY = r"\d{4}-\d{1,2}-\d{1,2}"
CLOCK = r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
ZONE = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
SPACES = "[ \u00a0\u202f]"

SIGNS = {
    "EUR": ("\u20ac", "euros", "euro"),
    "USD": ("us$", "$"),
    "CAD": ("ca$", "c$", "$"),
    "AUD": ("au$", "a$", "$"),
    "NZD": ("nz$", "$"),
    "MXN": ("mx$", "$"),
    "BRL": ("r$",),
    "GBP": ("\u00a3",),
    "JPY": ("\u00a5", "\u5186"),
    "CNY": ("\u00a5", "\u5143"),
    "INR": ("\u20b9", "rs.", "rs"),
    "CHF": ("sfr.", "sfr", "fr."),
    **dict.fromkeys(("SEK", "NOK", "DKK"), ("kr.", "kr")),
    "PLN": ("z\u0142",),
    "CZK": ("k\u010d",),
    "TRY": ("\u20ba",),
    "ILS": ("\u20aa",),
    "KRW": ("\u20a9",),
}
"""What stands beside amounts of a currency other than its code, the longer of two that begin alike first."""


def signs_of(currency: str) -> tuple[str, ...]:
    """The code and the signs of a currency, in small letters."""
    return (currency.lower(), *SIGNS.get(currency.upper(), ()))


def trim_sql(text: str) -> str:
    """A text without what stands around it."""
    # Trimming a list of characters costs five times a plain read; most values are plain and need none.
    plain = f"strlen({text}) = length({text}) and ascii({text}) > 32 and right({text}, 1) > ' '"
    return f"case when {plain} then {text} else trim({text}, {text_sql(AROUND)}) end"


def missing_sql(text: str, missing: tuple[str, ...]) -> str:
    """A trimmed text; NULL where nothing is left or it is one of the missing words, whatever its case."""
    words = sorted({word.strip(AROUND).lower() for word in missing} - {""})
    if not words:
        return f"nullif({text}, '')"
    return f"case when lower({text}) in ('', {', '.join(map(text_sql, words))}) then null else {text} end"


def bound_sql(column: Column, value: str) -> str:
    """A typed value, NULL outside its column's scale, where it is not finite, and in years no business has met.

    Systems write 0001-01-01 and 9999-12-31 for "none": taken as dates they would stretch every period table.
    """
    if column.kind in ("date", "time"):
        limits = "timestamp '1900-01-01' and timestamp '2199-12-31 23:59:59.999999'"
    elif column.kind in ("text", "key"):
        return value
    else:
        largest = 9223372036854775807 if column.kind == "whole" else 1.7976931348623157e308
        low = -largest if column.low is None else column.low
        high = largest if column.high is None else column.high
        limits = f"{low!r} and {high!r}"
    return f"case when {value} between {limits} then {value} end"


def worded_sql(text: str, column: Column, otherwise: str) -> str:
    """The number that the study says a word stands for, whatever its capitals; else what the text says itself."""
    kind = "bigint" if column.kind == "whole" else "double"
    cases = " ".join(
        f"when {text_sql(word.strip(AROUND).lower())} then cast({number!r} as {kind})"
        for word, number in column.metric.words.items()
    )
    return f"case lower({text}) {cases} else {otherwise} end"


@dataclass(frozen=True)
class Reading:
    """How the texts of one source are to be read: its number signs, date formats and clock.

    home : the study's currency, in which metrics of money are declared. currency : the one its amounts are written
    in, whose sign may stand beside a number; empty where each row names its own.
    """

    decimal: str = "."
    thousands: str | None = None
    dates: tuple[str, ...] = ()
    timezone: str = "UTC"
    home: str = ""
    currency: str = ""

    @classmethod
    def of(cls, spec: SourceSpec, timezone: str, *, home: str = "", currency: str = "") -> Reading:
        return cls(spec.decimal, spec.thousands, tuple(spec.dates), timezone, home, currency)

    def is_money(self, column: Column) -> bool:
        """Whether a column holds amounts of one currency, beside which its sign may stand."""
        unit = column.metric.unit if column.metric else ""
        return bool(self.currency) and column.kind == "number" and unit == self.home

    def value_sql(self, column: Column, *, pad: int | None = None) -> str:
        """The typed value of a cleaned text column of the same name; NULL where it cannot be read."""
        text = name_sql(column.name)
        if column.metric and column.metric.words:
            return worded_sql(text, column, getattr(self, f"_{column.kind}")(text))
        if self.is_money(column):
            return self._amount(text)
        if column.kind not in ("text", "key"):
            return getattr(self, f"_{column.kind}")(text)
        # lpad alone would cut off what is longer than the width.
        return (
            f"case when length({text}) < {pad} then lpad({text}, {pad}, '0') else {text} end" if pad else text
        )

    def is_number_sql(self, text: str) -> str:
        """Whether a text is a number as this source writes them."""
        if self.decimal == EITHER:
            return f"regexp_full_match({text}, {text_sql(NUMBER)})"
        point = rf"\{self.decimal}"
        pattern = rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d+)?"
        if self.thousands:
            # Only whole groups of three: 1.5 is not fifteen where the point separates thousands.
            apart = SPACES if self.thousands == " " else rf"\{self.thousands}"
            pattern = rf"({pattern}|[+-]?\d{{1,3}}({apart}\d{{3}})+({point}\d*)?)"
        return f"regexp_full_match({text}, {text_sql(pattern)})"

    def _number(self, text: str) -> str:
        return f"case when {self.is_number_sql(text)} then try_cast({self._plain(text)} as double) end"

    def _amount(self, text: str) -> str:
        """A number, also with the sign or code of its currency before or behind it."""
        # Taking a sign off costs more than reading the number: it is only asked of what is none.
        bare = self._number(self.bare_sql(text))
        return f"case when {self.is_number_sql(text)} then {self._number(text)} else {bare} end"

    def bare_sql(self, text: str) -> str:
        """An amount's text without the sign or code of its currency, its minus in front."""
        signs = "|".join(map(re.escape, signs_of(self.currency)))
        pattern = rf"^([+-]?){SPACES}*({signs}){SPACES}*|{SPACES}*({signs})$"
        return f"regexp_replace({text}, {text_sql(pattern)}, '\\1', 'gi')"

    def _percent(self, text: str) -> str:
        bare = f"regexp_replace({text}, ' ?%$', '')"
        plain = self._plain(bare)
        # Shifting the exponent is exact where dividing a binary fraction by 100 is not.
        value = (
            f"case when contains(lower({plain}), 'e') then try_cast({plain} as double) / 100 "
            f"else try_cast({plain} || 'e-2' as double) end"
        )
        return f"case when {self.is_number_sql(bare)} then {value} end"

    def _whole(self, text: str) -> str:
        plain = self._plain(text)
        matches = f"{self.is_number_sql(text)} and regexp_full_match({plain}, '[+-]?\\d+(\\.0*)?')"
        return f"case when {matches} then try_cast(split_part({plain}, '.', 1) as bigint) end"

    def _flag(self, text: str) -> str:
        yes, no = (", ".join(map(text_sql, words)) for words in (TRUE, FALSE))
        return (
            f"case when lower({text}) in ({yes}) then 1.0::double "
            f"when lower({text}) in ({no}) then 0.0::double end"
        )

    def _date(self, text: str) -> str:
        return f"cast({self._moment(text, local='{}', zoned=f'{{}} at time zone {text_sql(self.timezone)}')} as date)"

    def _time(self, text: str) -> str:
        clock = text_sql(self.timezone)
        local = "{}" if self.timezone == "UTC" else f"(({{}} at time zone {clock}) at time zone 'UTC')"
        return self._moment(text, local=local, zoned="({} at time zone 'UTC')")

    def _moment(self, text: str, *, local: str, zoned: str) -> str:
        """A timestamp in one of the declared formats or ISO; local and zoned are templates for what came of each."""
        # A plain cast to timestamp would drop a zone in silence, so the two are told apart first.
        offset = f"try_cast(regexp_replace({text}, ' ([+-])', '\\1') as timestamptz)"
        iso = (
            f"case when regexp_full_match({text}, '{DAY}({CLOCK})?') "
            f"then {local.format(f'try_cast({text} as timestamp)')} "
            f"when regexp_full_match({text}, '{DAY}{CLOCK}{ZONE}') then {zoned.format(offset)} end"
        )
        moments = []
        for form in self.dates:
            has_zone = "%z" in form.lower()
            moments.append((zoned if has_zone else local).format(f"try_strptime({text}, {text_sql(form)})"))
        # ISO is understood beside the declared formats, unless one of them reads the same text otherwise.
        if not any(form.startswith("%Y-%d") for form in self.dates):
            moments.append(iso)
        return f"coalesce({', '.join(moments)})"

    def _plain(self, text: str) -> str:
        """A number's text with a point and without separators."""
        if self.decimal == EITHER:
            return f"({plain_sql(text)})"
        if self.thousands == " ":
            text = f"regexp_replace({text}, '{SPACES}', '', 'g')"
        elif self.thousands:
            text = f"replace({text}, {text_sql(self.thousands)}, '')"
        return f"replace({text}, ',', '.')" if self.decimal == "," else text
