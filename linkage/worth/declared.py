"""What study.yml may say under `value` and `scenarios`: how customers are valued, and what might be done."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from linkage.study_file.naming import plain_name
from linkage.study_file.raw_rules import Declared, Name, as_tuple

YEARS_IN = {"year": 1.0, "half": 0.5, "quarter": 0.25, "month": 1 / 12}
BANDS = ("detractor", "passive", "promoter")


def _years(value: object) -> object:
    """ "3 years", "18 months" or a bare number of years, in years."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(year|half|quarter|month)?(?:s|halves)?\s*", str(value))
    if not found or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a span such as '3 years' or '18 months'")
    return float(found[1]) * YEARS_IN[found[2] or "year"]


def _range(value: object) -> object:
    """A number, or [low, value, high], as three numbers."""
    given = value if isinstance(value, (list, tuple)) else (value,) * 3
    if len(given) != 3 or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in given):
        raise ValueError(f"{value!r} is neither a number nor [low, value, high]")
    low, middle, high = (float(v) for v in given)
    if not low <= middle <= high:
        raise ValueError(f"{value!r} is not in order: write [low, value, high]")
    return (low, middle, high)


def _share(value: tuple[float, float, float]) -> tuple[float, float, float]:
    if value[0] < 0 or value[2] > 1:
        raise ValueError("a share lies between 0 and 1: 0.4, not 40")
    return value


LinkName = Annotated[str, AfterValidator(plain_name)]
Range = Annotated[tuple[float, float, float], BeforeValidator(_range)]
Share = Annotated[Range, AfterValidator(_share)]
Years = Annotated[float, BeforeValidator(_years), Field(gt=0, le=50)]


class WalletRules(Declared):
    """Which answers say how customers rank us among the brands they use.

    rank : metric of feedback with our place, 1 is best. brands : metric with how many brands they use.
    """

    rank: Name
    brands: Name


class ValueRules(Declared):
    """How customers are valued. What no data say is an assumption, and `source` says whose.

    form : "contract" where customers leave by saying so (the default where the register has left_on),
        "non_contract" where they only stop buying. loyalty : the answer that makes the bands.
    margin : metric of transactions that holds margin (default: one called margin); margin_share : assumed share
        of spend where there is none. discount : a year. horizon : how far ahead counts.
    kept_shares : by band, the share assumed to stay a year, for the comparison with the usual calculator.
    """

    form: Literal["contract", "non_contract"] | None = None
    loyalty: Name | None = None
    margin: Name | None = None
    margin_share: Share | None = None
    discount: Range = (0.10, 0.10, 0.10)
    horizon: Years = 3.0
    kept_shares: dict[Literal[BANDS], Share] = Field({})  # type: ignore[valid-type]
    wallet: WalletRules | None = None
    source: str = ""

    @model_validator(mode="after")
    def _sensible(self) -> ValueRules:
        if self.discount[0] <= -1 or self.discount[2] > 1:
            raise ValueError("'discount' is a rate a year such as 0.10")
        if self.kept_shares and set(self.kept_shares) != set(BANDS):
            raise ValueError(f"'kept_shares' names all of {', '.join(BANDS)}")
        return self


class Cost(Declared):
    """What a scenario costs: once at its start, and a year while it lasts.

    low, high : the range of both, as parts of what is stated: 0.8 and 1.5 say from 20 % less to 50 % more.
    """

    once: Annotated[float, Field(ge=0)] = 0.0
    per_year: Annotated[float, Field(ge=0)] = 0.0
    low: Annotated[float, Field(ge=0, le=1)] = 1.0
    high: Annotated[float, Field(ge=1)] = 1.0


class Scenario(Declared):
    """What if a driver were moved? From a link's driver along a chain of links to money.

    link : the link whose driver is moved (`driver`: which, where it has several), `by` so many of its units or
        `to` a value. chain : the links that lead from its outcome to money, in order; none if it ends there.
    where : whom it is for, by columns of the customers. reach : the share of them it reaches. starts : the period
        from which the driver has moved (default: the one after the report's); where it is said, the scenario counts as
        carried out from then on, and forecasts are scored so. horizon : counted from then.
    """

    question: str
    link: LinkName
    driver: Name | None = None
    by: float | None = None
    to: float | None = None
    chain: Annotated[tuple[LinkName, ...], BeforeValidator(as_tuple)] = ()
    where: dict[Name, str | int | float | bool] = Field({})
    reach: Share = (1.0, 1.0, 1.0)
    cost: Cost = Cost()
    starts: str | None = None
    horizon: Years | None = None
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _start_as_text(cls, given: object) -> object:
        """A bare year is a number to YAML."""
        if isinstance(given, dict) and isinstance(given.get("starts"), int):
            return {**given, "starts": str(given["starts"])}
        return given

    @model_validator(mode="after")
    def _one_move(self) -> Scenario:
        if (self.by is None) == (self.to is None):
            raise ValueError("say either 'by' (units of the driver) or 'to' (a value)")
        return self
