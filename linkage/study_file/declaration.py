"""What study.yml may say: roles, sources, metrics, windows and links, each with its rules."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from linkage.goals.declared import GoalRules
from linkage.identity.declared import Identity
from linkage.kpis.declared import KpiRules
from linkage.nouns import Nouns
from linkage.study_file.answer_labels import named_as_answer
from linkage.study_file.interventions import Intervention as Intervention
from linkage.study_file.interventions import Interventions, with_designs
from linkage.study_file.naming import plain_name
from linkage.study_file.raw_rules import (
    AnswerWords,
    Attached,
    BusinessHours,
    Codes,
    Declared,
    FormerScales,
    LongForm,
    Merging,
    Name,
    Rates,
    Tax,
    Words,
    as_tuple,
)
from linkage.study_file.roles import ROLES as ROLES
from linkage.study_file.roles import Role as Role
from linkage.worth.declared import Scenario, ValueRules

Kind = Literal["text", "number", "whole", "date", "time", "flag", "percent"]
Grain = Literal["interaction", "survey", "customer_period", "employee_period", "unit_period"]


MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def _days(value: object) -> object:
    found = re.fullmatch(r"\s*(\d+)\s*(days?|weeks?)?\s*", str(value))
    if not found or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number of days, such as '90 days'")
    return int(found[1]) * (7 if (found[2] or "").startswith("week") else 1)


LinkName = Annotated[str, AfterValidator(plain_name)]
"""A link is no column: its name may be a word of SQL."""

Days = Annotated[int, BeforeValidator(_days), Field(gt=0, le=3660)]


class SourceSpec(Declared):
    """One declared input table: where it comes from and how its columns map to ours."""

    name: Name
    role: str = ""
    about: Literal["feedback", "operations", "money", "people"] | None = None
    files: Words = Field(default=(), alias="from")
    sql: str | None = None
    columns: dict[Name, Words] = Field({})
    types: dict[Name, Kind] = Field({})
    missing: Words = ()
    pad: dict[Name, Annotated[int, Field(gt=0, le=64)]] = Field({})
    delimiter: Annotated[str, Field(min_length=1, max_length=4)] | None = None
    encoding: str = "utf-8"
    decimal: Literal[".", ",", "either"] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    dates: Words = ()
    sheet: Words = ()
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    long: LongForm | None = None
    split: dict[Name, Annotated[str, Field(min_length=1)]] = Field({})
    doubled: Literal["refuse", "first", "last", "merge"] = "refuse"
    merge: dict[Name, Merging] = Field({})
    currency: str | None = None
    tax: Tax = None
    attach: Attached | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> SourceSpec:
        if bool(self.files) == bool(self.sql):
            raise ValueError(
                "give either 'from' (a file, a pattern or a list of them) or 'sql' (a .sql file)"
            )
        if self.thousands == self.decimal:
            raise ValueError("'thousands' and 'decimal' cannot be the same character")
        if self.decimal == "either" and self.thousands:
            raise ValueError(
                "'decimal: either' tells thousands by each number's own signs: leave out 'thousands'"
            )
        if self.merge and self.doubled != "merge":
            raise ValueError("'merge' says how doubled rows are merged: it needs 'doubled: merge'")
        if self.long and self.doubled != "refuse":
            raise ValueError("'long' makes one row of many already: leave out 'doubled'")
        if self.attach and not self.sql:
            raise ValueError("'attach' is for a select: name its file under 'sql'")
        return self

    def raw_names(self, name: str) -> tuple[str, ...]:
        """The raw columns that may hold one of ours; its own name where nothing else is said."""
        return self.columns.get(name) or (name,)


class Covers(Declared):
    """The days a metric's value really speaks of, where they are not those of its period."""

    from_: date = Field(alias="from")
    to: date

    @model_validator(mode="after")
    def _in_order(self) -> Covers:
        if self.to < self.from_:
            raise ValueError("'to' lies before 'from'")
        return self


class Metric(Declared):
    """A numeric column of a source: what it means, its unit, its scale and which way is better."""

    name: Name
    of: str
    column: Name
    type: Literal["number", "whole", "flag", "percent"] = "number"
    label: str
    unit: str = "point"
    scale: tuple[float, float] | None = None
    better: Literal["higher", "lower"] = "higher"
    score: Literal["nps", "top_box", "mean"]
    aggregate: Literal["mean", "sum"]
    recorded: Name | None = None
    covers: Covers | None = None
    choice: dict[Name, Codes] = Field({})
    words: AnswerWords = Field({})
    was: FormerScales = ()
    from_: Name | None = Field(default=None, alias="from")
    until: Name | None = None
    clock: Literal["calendar", "business"] = "calendar"

    @property
    def is_span(self) -> bool:
        """Whether it is computed, from one time of its source until another."""
        return self.from_ is not None and self.until is not None

    _labelled = model_validator(mode="before")(named_as_answer)

    @model_validator(mode="after")
    def _scale_in_order(self) -> Metric:
        if self.scale and self.scale[0] >= self.scale[1]:
            raise ValueError("'scale' is [lowest, highest], with the lowest first")
        return self

    @model_validator(mode="after")
    def _words_of_answers(self) -> Metric:
        if self.words and (self.choice or self.is_span):
            raise ValueError("'words' are for answers in one column: leave out 'choice', 'from' and 'until'")
        low, high = {"flag": (0.0, 1.0)}.get(self.type, self.scale or (float("-inf"), float("inf")))
        for word, number in self.words.items():
            if not low <= number <= high:
                raise ValueError(f"{word!r} stands for {number:g}, outside {low:g} to {high:g}")
            if self.type == "whole" and not number.is_integer():
                raise ValueError(f"{word!r} stands for {number:g}, which is not whole")
        return self


class ChangeBetween(Declared):
    """The two periods between which drivers and outcome are differenced."""

    drivers: tuple[str, str]
    outcome: tuple[str, str]


def _periods_as_text(value: object) -> object:
    if isinstance(value, dict):
        return {k: tuple(map(str, v)) if isinstance(v, (list, tuple)) else v for k, v in value.items()}
    return value


class NegativeControl(Declared):
    """What the link cannot be about: an outcome its drivers cannot move, a driver that cannot move its outcome."""

    outcome: Name | None = None
    driver: Name | None = None


class Alternatives(Declared):
    """Other reasonable ways to ask the same question, declared beforehand for the specification curve.

    outcomes : other measures of the outcome. controls : other sets of controls.
    """

    outcomes: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    controls: tuple[Annotated[tuple[Name, ...], BeforeValidator(as_tuple)], ...] = ()


class LinkSpec(Declared):
    """A declared question: which drivers go with which outcome, at which grain and lag.

    design : how the first driver came about: observed; intervention, a flag that switches on at a date; or
        randomised, drawn by lot. segments : the groups it is asked of apart; the study's own where none is named.
    marker : an answer of the same source that theory ties to neither side.
    planned_share : of a flag drawn by lot, the share that was planned to be drawn.
    """

    name: LinkName
    question: str
    grain: Grain
    outcome: Name
    drivers: Annotated[tuple[Name, ...], BeforeValidator(as_tuple), Field(min_length=1)]
    controls: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    expect: Literal["positive", "negative", "none", "either"] = "either"
    lag: Annotated[int, Field(ge=0, le=40)] = 0
    change: Annotated[
        Annotated[int, Field(gt=0, le=40)] | ChangeBetween | None, BeforeValidator(_periods_as_text)
    ] = None
    cluster: Name | None = None
    weights: Name | None = None
    where: dict[Name, str | int | float | bool] = Field({})
    design: Literal["observed", "intervention", "randomised"] = "observed"
    planned_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    segments: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    negative_control: NegativeControl = NegativeControl()
    marker: Name | None = None
    alternatives: Alternatives = Alternatives()

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns its attacks need that the link itself does not use, each once."""
        named = (*self.segments, self.negative_control.outcome, self.negative_control.driver, self.marker)
        named += (*self.alternatives.outcomes, *(c for set_ in self.alternatives.controls for c in set_))
        used = {self.outcome, *self.drivers, *self.controls}
        return tuple(c for c in dict.fromkeys(named) if c is not None and c not in used)

    @model_validator(mode="after")
    def _consistent(self) -> LinkSpec:
        if self.grain in ("interaction", "survey") and (self.lag or self.change):
            raise ValueError(
                f"'lag' and 'change' are for grains with periods; a link at grain {self.grain} takes its "
                "time order from the windows before and after the answer"
            )
        if self.planned_share is not None and self.design != "randomised":
            raise ValueError("'planned_share' is of a driver drawn by lot: it needs 'design: randomised'")
        twice = set(self.controls) & {*self.drivers, self.outcome} | {self.outcome} & set(self.drivers)
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} stands in two places of the same link")
        return self


def _known_timezone(name: str) -> str:
    if name == "UTC":
        return name  # the default: the list of all opens every file of the time zone database
    known = available_timezones()
    if known and name not in known:
        near = get_close_matches(name, sorted(known), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{name!r} is no time zone; write one such as UTC or Europe/Berlin.{hint}")
    return name


class Windows(Declared):
    """How far a survey looks back at service, and forward at money, in days."""

    before: Days = 90
    after: Days = 90


class Rules(Declared):
    """What to do where several rows could answer for one, or an answer came too early."""

    answers_to_one_contact: Literal["last", "first", "mean"] = "last"
    contacts_before_answer: Literal["all", "last"] = "all"
    early_answers: Literal["exclude", "keep"] = "exclude"


class StudyFile(Declared):
    """The whole of study.yml."""

    study: str
    currency: str = "EUR"
    period: Literal["month", "quarter", "half", "year"] = "quarter"
    fiscal_year_starts: Literal[tuple(MONTHS)] = "january"  # type: ignore[valid-type]
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "UTC"
    minimum_group: Annotated[int, Field(ge=1)] = 10
    data_folders: Words = ()
    data_origin: str = ""
    keys_folder: str | None = None
    nouns: Nouns = Nouns()
    sources: Annotated[dict[Name, SourceSpec], Field(min_length=1)]
    metrics: dict[Name, Metric] = Field({})
    rates: Rates = Field({})
    business_hours: BusinessHours | None = None
    windows: Windows = Windows()
    rules: Rules = Rules()
    identity: Identity | None = None
    segments: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    interventions: Interventions = Field({})
    value: ValueRules = ValueRules()
    scenarios: dict[LinkName, Scenario] = Field({})
    goals: GoalRules = GoalRules()
    kpis: KpiRules = KpiRules()
    links: dict[LinkName, LinkSpec] = Field({})

    @model_validator(mode="before")
    @classmethod
    def _about_interventions(cls, given: object) -> object:
        """A link whose first driver is a declared intervention has that design, unless it says another."""
        return with_designs(given)
