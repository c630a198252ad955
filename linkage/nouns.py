"""What a study calls its customers, employees, units, contacts and answers: in its own words, one and several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

from linkage.grains import KEYS
from linkage.sentences import CLUSTER_NOUNS, NOUNS, plural
from linkage.study_file.raw_rules import Declared

if TYPE_CHECKING:
    from linkage.catalogue import LinkageColumn
    from linkage.study import Study

LONGEST = 40


def _one_and_many(value: object) -> object:
    """A word, or a list of the word for one and that for several."""
    given = value if isinstance(value, (list, tuple)) else [value]
    words = [" ".join(word.split()) for word in given if isinstance(word, str)]
    if len(words) != len(given) or len(words) not in (1, 2) or not all(words):
        raise ValueError(f"{value!r} is no noun: write one such as 'hospital', or [person, people]")
    if any(len(word) > LONGEST or not word.replace(" ", "").replace("-", "").isalpha() for word in words):
        raise ValueError(f"{value!r} is no noun: letters only, at most {LONGEST} of them")
    return tuple(words) if len(words) == 2 else (words[0], plural(words[0]))


Noun = Annotated[tuple[str, str], BeforeValidator(_one_and_many)]


class Nouns(Declared):
    """The words that sentences use for what is counted; the suite's own where a study says nothing."""

    customer: Noun | None = None
    employee: Noun | None = None
    unit: Noun | None = None
    contact: Noun | None = None
    answer: Noun | None = None

    def by_key(self) -> dict[str, tuple[str, str]]:
        """The declared words by the key column of what they name."""
        words = {name: getattr(self, name) for name in type(self).model_fields}
        return {KEY_OF[name]: noun for name, noun in words.items() if noun}


KEY_OF = {
    "customer": "customer_id",
    "employee": "employee_id",
    "unit": "unit_id",
    "contact": "interaction_id",
    "answer": "response_id",
}


def row_noun(grain: str, columns: Mapping[str, LinkageColumn], *, once: bool = False) -> str:
    """What several rows of a grain are called: "contacts", "hospital periods", "hospitals" where each has one."""
    if once and grain.endswith("_period"):
        return cluster_noun(KEYS[grain][0], columns)
    column = columns.get(KEYS.get(grain, ("",))[0])
    if column is None or not column.nouns:
        return NOUNS[grain]
    one, many = column.nouns
    return f"{one} periods" if grain.endswith("_period") else many


def cluster_noun(column: str, columns: Mapping[str, LinkageColumn]) -> str:
    """What several clusters are called: "customers", "hospitals", else clusters of a column."""
    known = columns.get(column)
    if known is not None and known.nouns:
        return known.nouns[1]
    return CLUSTER_NOUNS.get(column, f"clusters of {column}")


def named_by_study(study: Study, columns: dict[str, LinkageColumn]) -> dict[str, LinkageColumn]:
    """Keys with the study's own word for what they name."""
    words = study.declared.nouns.by_key()
    named = {name: replace(columns[name], nouns=noun) for name, noun in words.items() if name in columns}
    return {**columns, **named}
