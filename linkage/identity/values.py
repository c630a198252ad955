"""E-mail addresses, telephone and customer numbers brought to one spelling, in SQL."""

from __future__ import annotations

FEWEST_DIGITS = 6
"""A telephone number has at least so many digits: with fewer it is an extension or a slip."""

_RULES = {
    "e-mail": "lower case, without what a plus sign adds before the @",
    "telephone": "digits only, +49 and 0049 as 49{}",
    "number": "lower case, letters and digits only, without leading zeros",
}


def kind_of(column: str) -> str:
    """What a column's name says it holds: e-mail, telephone or number."""
    words = column.split("_")
    if any(word.endswith("mail") for word in words):
        return "e-mail"
    calls = ("phone", "telephone", "mobile", "tel", "cellphone", "landline")
    return "telephone" if any(word in calls for word in words) else "number"


def rule_in_words(column: str, country_code: str | None) -> str:
    """How the values of a column are brought to one spelling, for the ledger."""
    country = f", numbers without a country in {country_code}" if country_code else ""
    return _RULES[kind_of(column)].format(country)


def plain_sql(column: str, country_code: str | None) -> str:
    """A value in its one spelling; NULL where it is none.

    Dots before the @ are kept: only some providers overlook them.
    """
    kind = kind_of(column)
    if kind == "e-mail":
        return _email_sql(column)
    return _phone_sql(column, country_code) if kind == "telephone" else _number_sql(column)


def _email_sql(column: str) -> str:
    bare = rf"regexp_replace(lower(trim({column})), '\+[^@]*@', '@')"
    return rf"case when regexp_full_match({bare}, '[^@\s]+@[^@\s]+\.[^@\s.]+') then {bare} end"


def _phone_sql(column: str, country_code: str | None) -> str:
    # +49 (0)170 is +49 170: the zero in brackets is for callers at home.
    abroad = rf"regexp_replace({column}, '(\+|^\s*00)([^(]*)\(0\)', '\1\2')"
    digits = rf"regexp_replace({abroad}, '\D', '', 'g')"
    at_home = digits
    if country_code:
        at_home = (
            f"case when starts_with({digits}, '0') then '{country_code}' || ltrim({digits}, '0') "
            f"when starts_with({digits}, '{country_code}') then {digits} else '{country_code}' || {digits} end"
        )
    number = (
        f"case when starts_with(trim({column}), '+') then ltrim({digits}, '0') "
        f"when starts_with({digits}, '00') then ltrim({digits}, '0') else {at_home} end"
    )
    return f"case when length(ltrim({digits}, '0')) >= {FEWEST_DIGITS} then {number} end"


def _number_sql(column: str) -> str:
    return rf"nullif(ltrim(regexp_replace(lower({column}), '[^\p{{L}}\p{{N}}]', '', 'g'), '0'), '')"
