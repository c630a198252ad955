"""What a study can state about its raw data beyond names and types: form, former scales, money, opening hours."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from linkage.study_file.naming import usable_name

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REOPENED = "reopen_count"
"""The metric that staging counts itself where a source says what becomes of doubled keys."""

Merging = Literal["first", "last", "min", "max", "sum", "mean"]


def as_tuple(value: object) -> object:
    return (value,) if isinstance(value, (str, int, float)) else value


def _as_words(value: object) -> object:
    """Codes in data are often numbers; here they are words."""
    value = as_tuple(value)
    if isinstance(value, (list, tuple)):
        return tuple(str(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v for v in value)
    return value


Name = Annotated[str, AfterValidator(usable_name)]
Words = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Codes = Annotated[tuple[str, ...], BeforeValidator(_as_words), Field(min_length=1)]
Scale = tuple[float, float]


class Declared(BaseModel):
    """A part of study.yml; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _answer_words(value: object) -> object:
    """Words of answers with their numbers; numbers may be words too, and YAML's own yes and no must be quoted."""
    if not isinstance(value, dict):
        return value
    for word, number in value.items():
        if isinstance(word, bool):
            raise ValueError(
                "put yes, no, on, off, true and false in quotes: YAML reads them as something else"
            )
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ValueError(f"say a number for {str(word)!r}, such as 5")
    words = [str(word).strip().lower() for word in value]
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise ValueError(f"{twice[0]!r} stands there twice: capitals do not tell words apart")
    return {str(word): float(number) for word, number in value.items()}


AnswerWords = Annotated[
    dict[str, Annotated[float, Field(allow_inf_nan=False)]], BeforeValidator(_answer_words)
]


class LongForm(Declared):
    """An export with one row an answer and question: which column names the question, which holds the answer."""

    item: str
    value: str
    items: Annotated[dict[Name, Codes], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_column_each(self) -> LongForm:
        seen: dict[str, str] = {}
        for name, words in self.items.items():
            for word in words:
                other = seen.setdefault(word.strip().lower(), name)
                if other != name:
                    raise ValueError(f"the item {word!r} cannot be both {other} and {name}")
        return self


class FormerScale(Declared):
    """The scale that was asked until a day (that day included), before the metric's own."""

    until: date
    scale: Scale

    @model_validator(mode="after")
    def _in_order(self) -> FormerScale:
        if self.scale[0] >= self.scale[1]:
            raise ValueError("'scale' is [lowest, highest], with the lowest first")
        return self


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, dict) else value


FormerScales = Annotated[tuple[FormerScale, ...], BeforeValidator(_as_list)]


class Attached(Declared):
    """A database that a source's select reads: a file of the study, or where a server is.

    A changed file is noticed and read again; what a server holds is read anew by `linkage build --force` only.
    """

    path: str | None = None
    dsn: str | None = None
    type: Literal["sqlite", "postgres", "duckdb"]
    as_: Name = Field(alias="as")

    @model_validator(mode="after")
    def _one_place(self) -> Attached:
        if bool(self.path) == bool(self.dsn) or (self.type == "postgres") == bool(self.path):
            raise ValueError("give 'path' for a sqlite or duckdb file, or 'dsn' for a postgres server")
        return self


def _tax(value: object) -> object:
    """A share, or the name of the column that holds it; 19% is a share too."""
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        value = float(found[1]) / 100
    if isinstance(value, (int, float)) and (isinstance(value, bool) or not 0 <= value < 1):
        raise ValueError("a tax is a share such as 0.19, or the name of the column that holds it")
    return value


Tax = Annotated[float | str | None, BeforeValidator(_tax)]


def _rates(value: object) -> object:
    """Period names may be bare years, which YAML reads as numbers."""
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rates = Annotated[dict[str, Rate | dict[str, Rate]], BeforeValidator(_rates)]


def clock_time(value: object) -> int:
    """Seconds after midnight of a time such as 09:00; 24:00 is the day's end."""
    if isinstance(value, int) and not isinstance(value, bool):
        # YAML reads 17:00 as sixties (1020), and a bare 9 as nine.
        value = f"{value}:00" if value <= 24 else f"{value // 60}:{value % 60:02}"
    found = re.fullmatch(r"\s*(\d{1,2})(?::([0-5]\d))?\s*", str(value))
    seconds = (int(found[1]) * 60 + int(found[2] or 0)) * 60 if found else 86401
    if seconds > 86400:
        raise ValueError(f"{value!r} is no time of day such as '09:00'")
    return seconds


def _opening(value: object) -> tuple[int, int]:
    begins, dash, ends = str(value).partition("-")
    if not dash:
        raise ValueError(f"{value!r} is no opening time such as '09:00-17:00'")
    return _in_turn(clock_time(begins), clock_time(ends))


def _in_turn(opens: int, closes: int) -> tuple[int, int]:
    if opens >= closes:
        raise ValueError("it opens before it closes, on the same day")
    return opens, closes


def _day(name: object) -> str:
    day = str(name).strip().lower()[:3]
    if day not in DAYS:
        raise ValueError(f"{name!r} is no day of the week; write {', '.join(DAYS)}")
    return day


class BusinessHours(Declared):
    """When the business is open, on the study's own clock.

    days : a list of days open from `open` to `close`, or each day with its hours, {mon: 09:00-17:00, ...}.
    """

    days: dict[str, tuple[int, int]]
    holidays: tuple[date, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _hours_of_days(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        rest = {k: v for k, v in given.items() if k not in ("open", "close", "days")}
        days = given.get("days", list(DAYS[:5]))
        if isinstance(days, dict) and days:
            if "open" in given or "close" in given:
                raise ValueError("give each day its hours, or all days 'open' and 'close', not both")
            return {"days": {_day(d): _opening(hours) for d, hours in days.items()}, **rest}
        hours = _in_turn(clock_time(given.get("open", "09:00")), clock_time(given.get("close", "17:00")))
        named = as_tuple(days)
        if not isinstance(named, (list, tuple)) or not named:
            raise ValueError("'days' is a list such as [mon, tue, wed, thu, fri]")
        return {"days": {_day(d): hours for d in named}, **rest}

    @property
    def week(self) -> tuple[tuple[int, int], ...]:
        """Opening and closing second of each day from Monday; (0, 0) where it is closed."""
        return tuple(self.days.get(day, (0, 0)) for day in DAYS)
