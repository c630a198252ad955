"""How a table writes numbers: its decimal and thousands signs, from all of its columns together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from linkage.sources.decimal_signs import EITHER, NUMBER, plain_text

FORMS: tuple[tuple[str, str | None], ...] = (
    (".", None),
    (",", None),
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (",", "'"),
)

AGREE = 0.97
"""The share of a column's values that must read one way; the rest is left to the rejects."""

MARKED = re.compile(
    r"(?P<before>[^\d+\-.,()]{0,12}?)\s*(?P<number>[+-]?\d[\d.,'\u2019 \u00a0\u202f]*)\s*(?P<after>[^\d.,()]{0,20})"
)


NEGATIVE = re.compile(r"\((?P<inside>[^()\-]*\d[^()\-]*)\)|(?P<before>[^()\-]*\d)\s*-")
"""How book-keeping writes less than nothing: (12.50) or 12,50-."""


@dataclass(frozen=True)
class Signs:
    """Decimal and thousands signs of a table. sure : whether the values leave no other reading."""

    decimal: str = "."
    thousands: str | None = None
    why: str = ""
    sure: bool = True

    def number(self, text: str) -> float | None:
        """The number a text is; None where it is none as this table writes them."""
        if not _pattern(self.decimal, self.thousands).fullmatch(text):
            return None
        if self.decimal == EITHER:
            return float(plain_text(text))
        plain = re.sub(r"[ \u00a0\u202f]", "", text)
        if self.thousands:
            plain = plain.replace(self.thousands, "")
        return float(plain.replace(self.decimal, "."))


def _pattern(decimal: str, thousands: str | None) -> re.Pattern[str]:
    if decimal == EITHER:
        return re.compile(NUMBER)
    point = re.escape(decimal)
    plain = rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d+)?"
    if thousands:
        apart = "[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)
        plain = rf"({plain}|[+-]?\d{{1,3}}({apart}\d{{3}})+({point}\d*)?)"
    return re.compile(plain)


def share_read(values: Sequence[str], signs: Signs) -> float:
    """The share of values that are numbers with these signs."""
    pattern = _pattern(signs.decimal, signs.thousands)
    return sum(pattern.fullmatch(v) is not None for v in values) / len(values) if values else 0.0


def bare(values: Sequence[str]) -> list[str]:
    """Values without a currency or unit around them, and with their minus in front: "1.234,50 €" -> "1.234,50",
    "(12.50)" and "12.50-" -> "-12.50"; others as they are."""
    return [_bare(v) for v in values]


def _bare(value: str) -> str:
    if negative := NEGATIVE.fullmatch(value):
        return f"-{_bare(negative['inside'] or negative['before'])}"
    marked = MARKED.fullmatch(value)
    return marked["number"].strip() if marked else value


def number_signs(columns: Sequence[Sequence[str]], *, continental: bool) -> Signs:
    """The signs under which most columns of a table are numbers, then most values; the plainer where two do as well.

    columns : the distinct values of each column. continental : whether other signs of the table (semicolons, days
    before months, headers) speak for decimal commas; it decides only what "1.234" alone leaves open.
    """
    numeric = [bare(c) for c in columns if c and _looks_numeric(c)]
    if not numeric:
        return Signs()
    score = {f: sum(share_read(c, Signs(*f)) >= AGREE for c in numeric) for f in FORMS}
    every = {f: sum(share_read(c, Signs(*f)) for c in numeric) for f in FORMS}
    best = max(FORMS, key=lambda f: (score[f], every[f]))
    if sum(share_read(c, Signs(EITHER)) >= AGREE for c in numeric) > score[best]:
        return Signs(EITHER, None, _both_ways(numeric))
    open_columns = [c for c in numeric if _could_be_either(c, best[0])]
    other = (",", ".") if best[0] == "." else (".", ",")
    if best[1] is None and open_columns and score[other] >= score[best]:
        value = next(v for v in open_columns[0] if best[0] in v)
        if continental == (best[0] == "."):
            return Signs(*other, f"{value!r} was taken for thousands", sure=False)
        return Signs(*best, f"{value!r} was taken for a decimal number", sure=False)
    return Signs(*best, _example(numeric, best))


def _looks_numeric(values: Sequence[str]) -> bool:
    plain = [v for v in bare(values) if re.fullmatch(r"[+-]?[\d.,'\u2019 \u00a0\u202f]+([eE][+-]?\d+)?", v)]
    # Dotted days and addresses are no numbers.
    dotted = [v for v in plain if v.count(".") > 1 and not re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d*)?", v)]
    return len(plain) >= AGREE * len(values) and not dotted


def _could_be_either(values: Sequence[str], decimal: str) -> bool:
    """Whether every fraction of a column has exactly three digits, as thousands have."""
    point = re.escape(decimal)
    parted = [v for v in values if decimal in v]
    return len(parted) >= 2 and all(re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{point}\d{{3}}", v) for v in parted)


def _both_ways(columns: Sequence[Sequence[str]]) -> str:
    """A value of one column with a comma before its fraction, and one with a point."""
    for column in columns:
        told = [next((v for v in column if re.search(rf"\{sign}\d{{1,2}}$", v)), None) for sign in ",."]
        if all(told):
            return f"{told[0]!r} beside {told[1]!r}: each number is read by its own signs"
    return ""


def _example(columns: Sequence[Sequence[str]], form: tuple[str, str | None]) -> str:
    if form == (".", None):
        return ""
    signs = [s for s in form if s]
    told = sorted(
        (v for c in columns for v in c if any(s in v for s in signs)),
        key=lambda v: -sum(s in v for s in signs),
    )
    return f"such as {told[0]!r}" if told else ""
