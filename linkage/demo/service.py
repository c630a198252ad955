"""What happens in a quarter: contacts, the answers to them, the relationship survey, and who leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import planted
from linkage.demo.people import END, STARTS, stochastic_round

TOPICS, CHANNELS = np.array(list(planted.CSAT_TOPIC)), np.array(list(planted.CSAT_CHANNEL))
HANDLE_MEDIAN = {"billing": 8.0, "network": 11.0, "contract": 9.5, "device": 8.5, "delivery": 7.0}
RESPONSE_MEDIAN = {"phone": 0.03, "chat": 0.05, "email": 9.0, "shop": 0.1}


def present_span(people: pd.DataFrame, left: np.ndarray, quarter: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last day each customer is with us in a quarter; empty where last <= first."""
    first = np.maximum(people["joined"].to_numpy(), STARTS[quarter])
    return first, np.fmin(left, STARTS[quarter + 1])


def pick_employees(
    rng: np.random.Generator, employees: pd.DataFrame, unit: np.ndarray, quarter: int
) -> np.ndarray:
    """For each contact a colleague of the unit who works there in the quarter."""
    works = ~(employees["hired"] > STARTS[quarter]) & ~(employees["left"] < STARTS[quarter])
    rows = np.flatnonzero(works.to_numpy())
    rows = rows[np.argsort(employees["unit"].to_numpy()[rows], kind="stable")]
    many = np.bincount(employees["unit"].to_numpy()[rows], minlength=unit.max(initial=0) + 1)
    first = np.cumsum(many) - many
    return rows[first[unit] + np.floor(rng.random(len(unit)) * many[unit]).astype(int)]


def make_contacts(
    rng: np.random.Generator, people: pd.DataFrame, employees: pd.DataFrame, left: np.ndarray, quarter: int
) -> pd.DataFrame:
    """The contacts of a quarter: who, when, about what, how long, and what was promised."""
    first, last = present_span(people, left, quarter)
    exposure = np.maximum(last - first, 0) / (STARTS[quarter + 1] - STARTS[quarter])
    customer = np.repeat(np.arange(len(people)), rng.poisson(people["contacts"].to_numpy() * exposure))
    count = len(customer)
    day = np.floor(first[customer] + rng.random(count) * (last - first)[customer])
    topic = TOPICS[rng.choice(5, count, p=[0.28, 0.27, 0.17, 0.16, 0.12])]
    channel = CHANNELS[rng.choice(4, count, p=[0.50, 0.20, 0.18, 0.12])]
    contacts = pd.DataFrame({"customer": customer, "quarter": quarter, "topic": topic, "channel": channel})
    contacts["employee"] = pick_employees(rng, employees, people["unit"].to_numpy()[customer], quarter)
    contacts["started"] = day + (8 + np.floor(600 * rng.random(count)) / 60) / 24
    return add_duration(rng, contacts)


def add_duration(rng: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    """Minutes of work, waiting, transfers, and how the end compares with the promise."""
    count, phone = len(contacts), (contacts["channel"] == "phone").to_numpy()
    handle = contacts["topic"].map(HANDLE_MEDIAN).to_numpy() * np.exp(rng.normal(0, 0.45, count))
    contacts["handle_minutes"] = np.round(np.clip(handle, 1.5, 32), 1)
    contacts["hold_minutes"] = np.where(phone, np.round(0.25 * handle * rng.random(count), 1), np.nan)
    contacts["after_call_minutes"] = np.round(0.5 + 0.2 * contacts["handle_minutes"] * rng.random(count), 1)
    wait = contacts["channel"].map(RESPONSE_MEDIAN).to_numpy() * np.exp(rng.normal(0, 0.9, count))
    contacts["first_response_hours"] = np.round(np.minimum(wait, 60), 2)
    contacts["transfer_count"] = rng.choice(4, count, p=[0.72, 0.19, 0.07, 0.02])
    contacts["is_resolved"] = (rng.random(count) < 0.78).astype(int)
    contacts["is_reopened"] = ((rng.random(count) < 0.12) & (contacts["is_resolved"] == 0)).astype(int)
    contacts["hold_music_b"] = np.where(phone, (rng.random(count) < 0.5).astype(float), np.nan)

    ticket = rng.random(count) < 0.55
    promised = rng.integers(1, 8, count).astype(float)
    takes = np.clip(promised + np.round(rng.normal(-0.4, 1.8, count), 1), 0.2, promised + 6)
    first_touch = (contacts["first_response_hours"] * 60 + contacts["handle_minutes"]) / 1440
    takes = np.where(ticket, np.maximum(takes, np.ceil(first_touch * 10) / 10), first_touch)
    contacts["ended"] = contacts["started"] + takes
    contacts["promised"] = np.where(ticket, contacts["started"] + promised, np.nan)
    contacts["resolution_hours"] = np.round(takes * 24, 1)
    contacts["days_late"] = np.where(ticket, np.round(np.maximum(takes - promised, 0), 1), np.nan)
    contacts["days_early"] = np.where(ticket, np.round(np.maximum(promised - takes, 0), 1), np.nan)
    return contacts[contacts["ended"] < END - 0.01].reset_index(drop=True)


def contact_experience(contacts: pd.DataFrame) -> np.ndarray:
    """Points of csat this very contact gives or takes: handling, transfers, promise, waiting."""
    handle = planted.HANDLE_SLOPE * np.maximum(contacts["handle_minutes"] - planted.HANDLE_BREAK, 0)
    promise = planted.LATE_ON_CSAT * contacts["days_late"] + planted.EARLY_ON_CSAT * contacts["days_early"]
    waiting = planted.RESPONSE_ON_CSAT * contacts["first_response_hours"]
    transfers = planted.TRANSFER_ON_CSAT * contacts["transfer_count"]
    return (handle + promise.fillna(0) + waiting + transfers).to_numpy()


def answer_contacts(
    rng: np.random.Generator,
    contacts: pd.DataFrame,
    people: pd.DataFrame,
    staff: pd.DataFrame,
    engagement: np.ndarray,
    unit_effect: np.ndarray,
) -> pd.DataFrame:
    """What each customer would answer (effort, csat), when, and whether they are asked and do answer.

    engagement : employees x years. unit_effect : the units' csat effect in this quarter.
    """
    count, who = len(contacts), contacts["customer"].to_numpy()
    employee = contacts["employee"].to_numpy()
    effort = 2.5 + planted.TRANSFER_ON_EFFORT * contacts["transfer_count"]
    effort += planted.UNRESOLVED_ON_EFFORT * (1 - contacts["is_resolved"]) + rng.uniform(-1.3, 1.3, count)
    contacts["effort"] = stochastic_round(effort.to_numpy(), rng, 1, 7)
    latent = planted.CSAT_BASE + contact_experience(contacts)
    latent += planted.EFFORT_ON_CSAT * (contacts["effort"].to_numpy() - planted.EFFORT_CENTRE)
    latent += contacts["topic"].map(planted.CSAT_TOPIC).to_numpy()
    latent += contacts["channel"].map(planted.CSAT_CHANNEL).to_numpy()
    latent += people["segment"].map(planted.CSAT_SEGMENT).to_numpy()[who]
    latent += (
        planted.TRAIT_ON_CSAT * people["trait"].to_numpy()[who] + unit_effect[people["unit"].to_numpy()[who]]
    )
    latent += np.array(planted.CSAT_QUARTER)[contacts["quarter"]] + staff["quality"].to_numpy()[employee]
    latent += planted.ENGAGEMENT_ON_CSAT * (engagement[employee, contacts["quarter"] // 4] - 3.6)
    trained = contacts["started"].to_numpy() > staff["trained_day"].to_numpy()[employee] + 1
    latent += planted.TRAINING_ON_CSAT * trained + rng.uniform(-0.7, 0.7, count)
    contacts["latent"] = latent
    contacts["csat"] = stochastic_round(latent, rng, 1, 5)
    contacts["answered"] = contacts["ended"] + rng.uniform(0.05, 2, count)
    contacts["is_invited"] = (rng.random(count) < 0.66) & (contacts["answered"] < END - 0.01)
    contacts["responds"] = contacts["is_invited"] & (rng.random(count) < people["respond"].to_numpy()[who])
    return contacts


def leave_chance(quarter: int, contacts: pd.DataFrame, asked: pd.DataFrame, count: int) -> np.ndarray:
    """Each customer's chance to leave next quarter, from what they answered, or would have, in this one."""
    chance = np.full(count, planted.CHURN_BASE)
    now = contacts[(contacts["answered"] >= STARTS[quarter]) & (contacts["answered"] < STARTS[quarter + 1])]
    counted = np.where(now["responds"], 1.0, 1e-9)  # an answer outweighs what was never said
    weight = np.bincount(now["customer"], counted, count)
    had = weight > 0
    for column, slope, centre in (
        ("effort", planted.EFFORT_ON_CHURN, planted.EFFORT_CENTRE),
        ("csat", planted.CSAT_ON_CHURN, planted.CSAT_CENTRE),
    ):
        total = np.bincount(now["customer"], counted * now[column], count)
        chance[had] += slope * (total[had] / weight[had] - centre)
    who = asked["customer"].to_numpy()
    retention = asked[["rli_1", "rli_2", "rli_3"]].to_numpy().sum(axis=1) / 3
    chance[who] += planted.RETENTION_ON_CHURN * (retention - planted.RETENTION_CENTRE)
    return np.clip(chance, 0, 1)
