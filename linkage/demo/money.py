"""What customers buy: their own level, the season, the unit's demand, and what their last answer adds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import planted
from linkage.demo.people import END, STARTS

PRODUCTS = np.array(["plan", "add_on", "device"])
PRODUCT_SHARE, PRODUCT_PRICE = np.array([0.55, 0.25, 0.20]), np.array([0.9, 0.8, 1.525])  # price: mean 1
PRODUCT_MARGIN = np.array([0.55, 0.65, 0.18])


def unit_demand(contacts: pd.DataFrame, unit: np.ndarray, count: int) -> np.ndarray:
    """Units x quarters: demand grows with the unit's mean csat, as answered, two quarters before.

    unit : the unit of each contact's customer. A unit without an answer keeps its demand.
    """
    answers = contacts["responds"].to_numpy()
    quarter = np.searchsorted(STARTS, contacts["answered"].to_numpy()[answers], side="right") - 1
    cell = unit[answers] * planted.QUARTERS + quarter
    size = count * planted.QUARTERS
    many = np.bincount(cell, minlength=size)
    total = np.bincount(cell, contacts["csat"].to_numpy()[answers], size)
    mean = np.where(many > 0, total / np.maximum(many, 1), planted.CSAT_CENTRE).reshape(
        count, planted.QUARTERS
    )
    growth = np.zeros_like(mean)
    growth[:, 2:] = planted.CSAT_ON_GROWTH * (mean[:, :-2] - planted.CSAT_CENTRE)
    return np.cumprod(1 + growth, axis=1)


def latest_answers(asked: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers x quarters: the nps answered (NaN if none) and the day of the answer."""
    answers = asked[asked["responds"]]
    nps, day = np.full((count, planted.QUARTERS), np.nan), np.full((count, planted.QUARTERS), np.nan)
    nps[answers["customer"], answers["quarter"]] = answers["nps"]
    day[answers["customer"], answers["quarter"]] = np.floor(answers["answered"])
    return nps, day


def make_purchases(rng: np.random.Generator, people: pd.DataFrame, left: np.ndarray) -> pd.DataFrame:
    """Who buys on which day, while with us: a steady rate for each customer."""
    quarter = np.arange(planted.QUARTERS)
    first = np.maximum(people["joined"].to_numpy()[:, None], STARTS[quarter])
    last = np.fmin(np.fmin(left, END)[:, None], STARTS[quarter + 1])
    days = np.maximum(last - first, 0)
    many = rng.poisson(people["orders"].to_numpy()[:, None] * days / 90)
    cell = np.repeat(np.arange(many.size), many.ravel())
    day = np.floor(first.ravel()[cell] + rng.random(len(cell)) * days.ravel()[cell])
    bought = pd.DataFrame(
        {"customer": cell // planted.QUARTERS, "quarter": cell % planted.QUARTERS, "day": day}
    )
    return bought.sort_values(["customer", "day"], kind="stable", ignore_index=True)


def price_purchases(
    rng: np.random.Generator,
    bought: pd.DataFrame,
    people: pd.DataFrame,
    demand: np.ndarray,
    asked: pd.DataFrame,
) -> pd.DataFrame:
    """Amount and margin of each purchase.

    An answer counts from the day after it to the end of the next quarter, so that both the 90 days after the
    answer and the whole next quarter carry it: planted.NPS_ON_SPEND EUR per point and 90 days.
    """
    who, quarter, day = (bought[column].to_numpy() for column in ("customer", "quarter", "day"))
    level = people["spend"].to_numpy()[who] * np.array(planted.SPEND_SEASON)[quarter % 4]
    level = level * demand[people["unit"].to_numpy()[who], quarter]
    nps, answered = latest_answers(asked, len(people))
    before = np.where(quarter > 0, nps[who, quarter - 1], np.nan)
    score = np.where(day > answered[who, quarter], nps[who, quarter], before)
    level = level + planted.NPS_ON_SPEND * np.nan_to_num(score - planted.NPS_CENTRE)
    product = rng.choice(3, len(bought), p=PRODUCT_SHARE)
    price = PRODUCT_PRICE[product] * rng.uniform(0.6, 1.4, len(bought))
    amount = np.maximum(level / people["orders"].to_numpy()[who] * price, 1.0)
    bought["product"] = PRODUCTS[product]
    bought["amount"] = np.round(amount, 2)
    share = PRODUCT_MARGIN[product] + rng.uniform(-0.05, 0.05, len(bought))
    bought["margin"] = np.round(bought["amount"].to_numpy() * share, 2)
    return bought
