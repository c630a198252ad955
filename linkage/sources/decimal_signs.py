"""How is a number read whose decimal sign may be a point or a comma, by its own signs alone?

1.271,43 and 1,271.43 say themselves which sign is which, and so do 76,24 and 76.24: thousands have three digits. What
1.234 means nobody can tell: it is no number here.
"""

from __future__ import annotations

EITHER = "either"
"""What study.yml says under `decimal` of a source that writes some numbers with a point and some with a comma."""

NUMBER = (
    r"[+-]?(\d+|\d*[.,]\d{1,2}|\d*[.,]\d{4,}|0*[.,]\d{3}|\d{4,}[.,]\d{3}|\d{1,3}(\.\d{3})+,\d*|\d{1,3}(,\d{3})+\.\d*"
    r"|\d{1,3}(\.\d{3}){2,}|\d{1,3}(,\d{3}){2,}|\d+[.,]?\d*[eE][+-]?\d+)"
)
"""Every text that can be read in one way only."""

OPEN = r"[+-]?[1-9]\d{0,2}[.,]\d{3}"
"""Thousands or a fraction: nobody can tell."""


def plain_sql(text: str) -> str:
    """A number's text with a point for its decimal sign and nothing between its thousands."""
    return (
        f"case when regexp_matches({text}, ',.*\\.') then replace({text}, ',', '') "
        f"when regexp_matches({text}, '\\..*,') then replace(replace({text}, '.', ''), ',', '.') "
        f"when regexp_matches({text}, '[.,].*[.,]') then regexp_replace({text}, '[.,]', '', 'g') "
        f"else replace({text}, ',', '.') end"
    )


def plain_text(text: str) -> str:
    """The same of one text."""
    if "," in text and "." in text:
        apart, sign = (",", ".") if text.rfind(",") < text.rfind(".") else (".", ",")
        return text.replace(apart, "").replace(sign, ".")
    if text.count(",") + text.count(".") > 1:
        return text.replace(",", "").replace(".", "")
    return text.replace(",", ".")


def own_number_sql(text: str) -> str:
    """The text of a number that a program wrote, with a point: so many digits behind it that it is no thousands."""
    return f"case when regexp_full_match({text}, '-?\\d+\\.\\d+') then {text} || '0000' else {text} end"
