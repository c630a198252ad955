"""What a study introduced for a part of its rows from a day on, as study.yml declares it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from linkage.study_file.raw_rules import Declared, Name, as_tuple


def _as_groups(value: object) -> object:
    """Each column with the words of the group, one or a list of them."""
    return {k: as_tuple(v) for k, v in value.items()} if isinstance(value, dict) else value


Group = tuple[str | int | float | bool, ...]


class Intervention(Declared):
    """What was introduced for a part of the rows from a day on: a flag column of every grain that knows the part.

    from : the first day it held. until : the last day it held, where it ended. where : the named group: each
        column with its value, or a list of them; a row belongs to it where every column agrees.

    A row is 1 where it is of the group and its whole period lies between the two days, missing where only a part
    of its period does, and 0 elsewhere.
    """

    name: Name
    from_: date = Field(alias="from")
    until: date | None = None
    where: Annotated[
        dict[Name, Annotated[Group, Field(min_length=1)]], BeforeValidator(_as_groups), Field(min_length=1)
    ]
    label: str = ""

    @model_validator(mode="before")
    @classmethod
    def _labelled(cls, given: object) -> object:
        if isinstance(given, dict) and "label" not in given and isinstance(given.get("name"), str):
            return {**given, "label": given["name"].replace("_", " ").capitalize()}
        return given

    @model_validator(mode="after")
    def _in_order(self) -> Intervention:
        if self.until is not None and self.until < self.from_:
            raise ValueError("'until' lies before 'from'")
        return self


def _named(value: object) -> object:
    """Each intervention with its name, which is its key."""
    if not isinstance(value, dict):
        return value
    return {k: {**v, "name": k} if isinstance(v, dict) else v for k, v in value.items()}


Interventions = Annotated[dict[str, Intervention], BeforeValidator(_named)]


def with_designs(given: object) -> object:
    """The content of study.yml, where a link whose first driver is an intervention says that this is its design."""
    if not isinstance(given, dict) or not isinstance(given.get("links"), dict):
        return given
    made = given.get("interventions")
    return {**given, "links": {name: _designed(link, made) for name, link in given["links"].items()}}


def _designed(link: object, interventions: object) -> object:
    if not isinstance(link, dict) or not isinstance(interventions, dict) or "design" in link:
        return link
    drivers = as_tuple(link.get("drivers"))
    first = drivers[0] if isinstance(drivers, (list, tuple)) and drivers else None
    return {**link, "design": "intervention"} if isinstance(first, str) and first in interventions else link
