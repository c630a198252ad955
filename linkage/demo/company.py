"""The whole company, simulated: three years of Brightwater Telecom in a dozen tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.demo import comments, loyalty, money, people, planted, service
from linkage.demo.people import END, STARTS, as_day, as_minute, stochastic_round

ITEM_COLUMNS = [f"{part}_{i}" for part, count in planted.ITEMS.items() for i in range(1, count + 1)]
FEEDBACK_COLUMNS = [
    *("response_id", "customer_id", "interaction_id", "answered_at", "survey", "language"),
    *("csat", "effort", "nps", *planted.NPS_WEIGHTS, *ITEM_COLUMNS, "comment"),
]
CONTACT_METRICS = [
    *("first_response_hours", "handle_minutes", "hold_minutes", "after_call_minutes", "transfer_count"),
    *("is_resolved", "is_reopened", "resolution_hours", "days_late", "days_early", "hold_music_b"),
]


@dataclass(frozen=True, eq=False, repr=False)
class Company:
    """Clean tables of the simulated company, in the words of the study, before the files are made of them.

    comment_themes : topic, mood and reason each comment was made from, by response_id (in no file).
    population : what everybody invited would have answered, and whether they did (in no file).
    """

    seed: int
    customers: pd.DataFrame
    feedback: pd.DataFrame
    interactions: pd.DataFrame
    transactions: pd.DataFrame
    employees: pd.DataFrame
    employee_feedback: pd.DataFrame
    trainings: pd.DataFrame
    units: pd.DataFrame
    partner_answers: pd.DataFrame
    invitations: pd.DataFrame
    identities: pd.DataFrame
    comment_themes: pd.DataFrame
    population: pd.DataFrame


def simulate_company(seed: int = planted.SEED, *, scale: float = 1.0) -> Company:
    """Simulate the company: the same tables for the same seed. `scale` 0.1 makes it a tenth as large.

    Every part draws from a stream of its own, so that a change in one leaves the others as they are.
    """
    streams = [np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(seed).spawn(8)]
    units = people.make_units(streams[0], max(10, round(planted.UNITS * scale)))
    staff = people.make_employees(streams[1], units, max(3 * len(units), round(planted.EMPLOYEES * scale)))
    survey = people.make_employee_survey(streams[2], staff, units)
    persons = people.make_customers(streams[3], units, round(planted.CUSTOMERS * scale))
    contacts, asked, left = run_quarters(streams[4], persons, staff, survey, units)
    contacts, asked = number_answers(contacts, asked)
    bought = money.make_purchases(streams[5], persons, left)
    unit_of = persons["unit"].to_numpy()
    demand = money.unit_demand(contacts, unit_of[contacts["customer"]], len(units))
    bought = money.price_purchases(streams[5], bought, persons, demand, asked)
    identities = name_aliases(streams[6], persons)
    interactions = interaction_table(streams[6], contacts, persons, staff, identities)
    feedback, themes = feedback_table(streams[7], contacts, asked, persons)
    return Company(
        seed=seed,
        customers=customer_table(streams[6], persons, left),
        feedback=feedback,
        interactions=interactions,
        transactions=transaction_table(bought, persons),
        **staff_tables(staff, survey),
        units=units[["unit_id", "kind", "region", "opened_on"]],
        partner_answers=partner_table(streams[2], units),
        invitations=invitation_table(contacts, asked, persons),
        identities=identities[["alias_id", "customer_id"]],
        comment_themes=themes,
        population=population_table(contacts, asked, persons),
    )


def run_quarters(
    rng: np.random.Generator,
    persons: pd.DataFrame,
    staff: pd.DataFrame,
    survey: pd.DataFrame,
    units: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Live through the quarters: contacts, relationship answers, the day each customer leaves (NaN: never)."""
    engagement = survey.pivot(index="employee", columns="year", values="engagement").to_numpy()
    left = np.full(len(persons), np.nan)
    chance = np.full(len(persons), planted.CHURN_BASE)
    experience = np.zeros(len(persons))
    all_contacts, all_asked = pd.DataFrame(), []
    for quarter in range(planted.QUARTERS):
        leaves = np.isnan(left) & (persons["joined"].to_numpy() < STARTS[quarter])
        leaves &= rng.random(len(persons)) < chance
        length = STARTS[quarter + 1] - STARTS[quarter]
        left[leaves] = STARTS[quarter] + 1 + np.floor((length - 1) * rng.random(int(leaves.sum())))
        shock = np.clip(rng.normal(0, 0.10, len(units)), -0.25, 0.25)
        contacts = service.make_contacts(rng, persons, staff, left, quarter)
        effect = units["csat_effect"].to_numpy() + shock
        contacts = service.answer_contacts(rng, contacts, persons, staff, engagement, effect)
        asked = loyalty.ask_customers(rng, persons, left, experience, quarter)
        all_contacts = pd.concat([all_contacts, contacts], ignore_index=True)
        all_asked.append(asked)
        chance = service.leave_chance(quarter, all_contacts, asked, len(persons))
        many = np.bincount(contacts["customer"], minlength=len(persons))
        total = np.bincount(contacts["customer"], service.contact_experience(contacts) + 0.4, len(persons))
        experience = np.where(many > 0, total / np.maximum(many, 1), 0.0)
    gone = left[all_contacts["customer"]]
    all_contacts["is_invited"] &= ~(gone <= all_contacts["ended"])
    all_contacts["responds"] &= all_contacts["is_invited"] & ~(gone <= all_contacts["answered"])
    return all_contacts, pd.concat(all_asked, ignore_index=True), left


def number_answers(contacts: pd.DataFrame, asked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts in order of time with their key, and response keys for all who answered."""
    contacts = contacts.sort_values(["started", "customer"], kind="stable", ignore_index=True)
    contacts["interaction_id"] = np.char.add(
        "C", np.char.zfill(np.arange(1, len(contacts) + 1).astype(str), 6)
    )
    for frame, letter in ((contacts, "S"), (asked, "R")):
        number = frame["responds"].to_numpy().cumsum().astype(str)
        key = np.char.add(letter, np.char.zfill(number, 5))
        frame["response_id"] = pd.Series(key).mask(~frame["responds"].to_numpy())
    return contacts, asked


def name_aliases(rng: np.random.Generator, persons: pd.DataFrame) -> pd.DataFrame:
    """The numbers the ticket system knows customers by: one each, two for three in a hundred."""
    twice = np.flatnonzero(rng.random(len(persons)) < 0.03)
    customer = np.concatenate([np.arange(len(persons)), twice])
    number = rng.choice(np.arange(10_000, 90_000), len(customer), replace=False)
    alias = np.char.add("TK-", number.astype(str))
    table = pd.DataFrame({"alias_id": alias, "customer": customer})
    table["customer_id"] = persons["customer_id"].to_numpy()[customer]
    return table.sort_values("alias_id", ignore_index=True)


def interaction_table(
    rng: np.random.Generator,
    contacts: pd.DataFrame,
    persons: pd.DataFrame,
    staff: pd.DataFrame,
    ids: pd.DataFrame,
) -> pd.DataFrame:
    """Contacts as the ticket system keeps them: the customer under an alias."""
    first = ids.drop_duplicates("customer").set_index("customer")["alias_id"].sort_index().to_numpy()
    last = (
        ids.drop_duplicates("customer", keep="last").set_index("customer")["alias_id"].sort_index().to_numpy()
    )
    who = contacts["customer"].to_numpy()
    return pd.DataFrame(
        {
            "interaction_id": contacts["interaction_id"],
            "customer_id": np.where(rng.random(len(contacts)) < 0.5, first[who], last[who]),
            "employee_id": staff["employee_id"].to_numpy()[contacts["employee"]],
            "unit_id": persons["unit_id"].to_numpy()[who],
            "channel": contacts["channel"],
            "topic": contacts["topic"],
            "started_at": as_minute(contacts["started"]),
            "ended_at": as_minute(contacts["ended"]),
            "promised_at": as_minute(contacts["promised"]),
            **{metric: contacts[metric] for metric in CONTACT_METRICS},
        }
    )


def feedback_table(
    rng: np.random.Generator, contacts: pd.DataFrame, asked: pd.DataFrame, persons: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every answer in order of time, and the themes its comment was made from."""
    told, rated = (frame[frame["responds"]].reset_index(drop=True) for frame in (contacts, asked))
    themes = pd.concat(
        [comments.contact_themes(told), comments.relationship_themes(rated)], ignore_index=True
    )
    table = pd.concat([told.assign(survey="contact"), rated.assign(survey="relationship")], ignore_index=True)
    order = np.argsort(table["answered"].to_numpy(), kind="stable")
    table, themes = (frame.iloc[order].reset_index(drop=True) for frame in (table, themes))
    table["customer_id"] = persons["customer_id"].to_numpy()[table["customer"]]
    table["language"] = persons["language"].to_numpy()[table["customer"]]
    table["answered_at"] = as_minute(table["answered"])
    themes = comments.add_comments(rng, table, themes)
    table["comment"] = themes["comment"]
    return table[FEEDBACK_COLUMNS], themes[themes["comment"].notna()].reset_index(drop=True)


def transaction_table(bought: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Purchases in order of customer and day."""
    key = np.char.add("T", np.char.zfill(np.arange(1, len(bought) + 1).astype(str), 6))
    who = bought["customer"].to_numpy()
    table = pd.DataFrame({"transaction_id": key, "customer_id": persons["customer_id"].to_numpy()[who]})
    table["unit_id"] = persons["unit_id"].to_numpy()[who]
    table["purchased_at"] = as_day(bought["day"])
    return table.join(bought[["product", "amount", "margin"]])


def customer_table(rng: np.random.Generator, persons: pd.DataFrame, left: np.ndarray) -> pd.DataFrame:
    """The customer register, with the planted leak: a care score written down after the customer has left."""
    gone = ~np.isnan(left)
    scored = np.where(gone, left + rng.integers(3, 21, len(left)), END - 1 - rng.integers(0, 14, len(left)))
    score = np.where(gone, rng.integers(0, 5, len(left)), rng.integers(4, 11, len(left)))
    table = persons[["customer_id", "segment", "region", "unit_id"]].copy()
    table["joined_on"], table["left_on"] = as_day(persons["joined"]), as_day(left)
    table["account_calls"], table["exit_score"] = persons["account_calls"], score
    table["care_scored_on"] = as_day(scored)
    return table


def staff_tables(staff: pd.DataFrame, survey: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Employees, their yearly answers, and the training they completed."""
    employees = staff[["employee_id", "unit_id", "job"]].copy()
    employees["hired_on"], employees["left_on"] = as_day(staff["hired"]), as_day(staff["left"])
    answers = survey[survey["responds"]].reset_index(drop=True)
    names = staff["employee_id"].to_numpy()[answers["employee"]]
    year = (answers["year"] + 2024).astype(str).to_numpy()
    table = pd.DataFrame(
        {"response_id": [f"{n}-{y}" for n, y in zip(names, year, strict=True)], "employee_id": names}
    )
    table["answered_at"] = as_minute(answers["answered"])
    table = table.join(answers[["engagement", *planted.ENGAGEMENT_WEIGHTS]])
    done = (
        staff[staff["trained_day"].notna()].sort_values(["trained_day", "employee_id"]).reset_index(drop=True)
    )
    trainings = pd.DataFrame({"training_id": [f"TR{i:03d}" for i in range(1, len(done) + 1)]})
    trainings["employee_id"], trainings["programme"] = done["employee_id"], "Listening first"
    trainings["completed_on"] = as_day(done["trained_day"])
    return {"employees": employees, "employee_feedback": table, "trainings": trainings}


def partner_table(rng: np.random.Generator, units: pd.DataFrame) -> pd.DataFrame:
    """What four people of each partner answer each quarter; nothing to do with what customers answer."""
    partners = np.flatnonzero(units["kind"] == "partner")
    level = rng.uniform(3.0, 4.2, len(units))
    unit = np.tile(np.repeat(partners, 4), planted.QUARTERS)
    quarter = np.repeat(np.arange(planted.QUARTERS), 4 * len(partners))
    wobble = rng.normal(0, 0.3, (len(units), planted.QUARTERS))
    score = stochastic_round(level[unit] + wobble[unit, quarter], rng, 1, 5)
    table = pd.DataFrame({"answer_id": [f"P{i:04d}" for i in range(1, len(unit) + 1)]})
    table["partner_id"] = units["unit_id"].to_numpy()[unit]
    table["answered_on"] = as_day(STARTS[quarter] + rng.integers(10, 80, len(unit)))
    table["satisfaction"] = score.astype(int)
    return table


def invitation_table(contacts: pd.DataFrame, asked: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Everybody who was asked; `response_id` is missing for who did not answer."""
    told = contacts[contacts["is_invited"]].assign(
        invited=lambda rows: rows["ended"] + 0.02, survey="contact"
    )
    table = pd.concat([told, asked.assign(survey="relationship")], ignore_index=True)
    table = table.sort_values(["invited", "customer"], kind="stable", ignore_index=True)
    table["invitation_id"] = np.char.add("I", np.char.zfill(np.arange(1, len(table) + 1).astype(str), 6))
    table["customer_id"] = persons["customer_id"].to_numpy()[table["customer"]]
    table["invited_at"] = as_minute(table["invited"])
    return table[["invitation_id", "customer_id", "survey", "invited_at", "response_id"]]


def population_table(contacts: pd.DataFrame, asked: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """What everybody invited would have answered, and whether they did."""
    told = contacts[contacts["is_invited"]].assign(survey="contact")
    table = pd.concat([told, asked.assign(survey="relationship")], ignore_index=True)
    table["segment"] = persons["segment"].to_numpy()[table["customer"]]
    table["customer_id"] = persons["customer_id"].to_numpy()[table["customer"]]
    return table[["customer_id", "segment", "survey", "answered", "csat", "nps", "latent", "responds"]]
