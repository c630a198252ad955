"""What study.yml may say under `identity`: the columns that tell who somebody is, and how far to trust them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from linkage.study_file.naming import usable_name

WITH_CUSTOMERS = ("customers", "feedback", "interactions", "transactions", "invitations", "customer_units")
"""Roles whose rows speak of a customer."""


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Identity(BaseModel):
    """How customers are recognised from one system to the next.

    match : attribute columns that two sources or more have, the most trusted first.
    merge_register : whether two customers of the register may become one; otherwise that is a conflict.
    shared_by_at_most : a value that more ids than this share is nobody's own, and is not used.
    country_code : what telephone numbers without a country have in front, such as 49.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Annotated[tuple[str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    merge_register: bool = False
    shared_by_at_most: Annotated[int, Field(ge=2, le=10_000)] = 10
    country_code: Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[1-9]\d{0,3}$")] | None = None

    @field_validator("match")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return tuple(usable_name(n) for n in names)
