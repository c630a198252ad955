"""Who is there: units, employees with their survey and training, customers with their habits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.demo import planted

ORIGIN = np.datetime64(planted.FIRST_DAY)
QUARTER_STARTS = np.arange("2024-01", "2027-04", 3, dtype="datetime64[M]").astype("datetime64[D]")
STARTS = (QUARTER_STARTS - ORIGIN).astype(float)  # days since the first day; one more than there are quarters
END = STARTS[-1]
REGIONS = np.array(["North", "East", "South", "West"])
MAIN_LANGUAGE = {"North": "en", "East": "de", "South": "es", "West": "pt"}


def stochastic_round(latent: np.ndarray, rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    """Whole numbers whose mean is the latent score, kept inside the scale."""
    return np.clip(np.floor(latent + rng.random(latent.shape)), low, high)


def as_day(days: np.ndarray) -> pd.Series:
    """Days since the first day as dates; NaN becomes missing."""
    days = np.asarray(days, dtype=float)
    missing = np.isnan(days)
    dates = ORIGIN + np.where(missing, 0, days).astype("int64").astype("timedelta64[D]")
    return pd.Series(dates.astype("datetime64[s]")).mask(missing)


def as_minute(days: np.ndarray) -> pd.Series:
    """Days since the first day as times, cut to the minute; NaN becomes missing."""
    days = np.asarray(days, dtype=float)
    missing = np.isnan(days)
    minutes = np.floor(np.where(missing, 0, days) * 1440 + 1e-6).astype("int64").astype("timedelta64[m]")
    return pd.Series((ORIGIN.astype("datetime64[m]") + minutes).astype("datetime64[s]")).mask(missing)


def make_units(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Branches first, partners last; `csat_effect` and `climate` stay hidden from the files."""
    partners = max(2, round(count * planted.PARTNER_SHARE))
    return pd.DataFrame(
        {
            "unit_id": [f"U{i:02d}" for i in range(1, count + 1)],
            "kind": ["branch"] * (count - partners) + ["partner"] * partners,
            "region": REGIONS[np.arange(count) % 4],
            "opened_on": as_day(-rng.integers(600, 8000, count)),
            "csat_effect": rng.uniform(-0.25, 0.25, count),
            "climate": rng.uniform(-0.3, 0.3, count),
            "attraction": rng.uniform(0.8, 1.2, count),
        }
    )


def make_employees(rng: np.random.Generator, units: pd.DataFrame, count: int) -> pd.DataFrame:
    """Employees of every unit; some join or leave at a turn of quarter. `quality` stays hidden."""
    unit = np.arange(count) % len(units)
    hired = -rng.integers(30, 4000, count).astype(float)
    late = (rng.random(count) < 0.15) & (np.arange(count) >= 2 * len(units))
    hired[late] = STARTS[rng.integers(1, 9, count)][late]
    left = np.full(count, np.nan)
    goes = ~late & (rng.random(count) < 0.08) & (np.arange(count) >= 2 * len(units))
    left[goes] = STARTS[rng.integers(3, 12, count)][goes] - 1
    trained = rng.random(count) < 0.6
    quality = rng.uniform(-0.15, 0.15, count) + planted.TRAINED_QUALITY_GAP * trained
    # In the last days of a quarter: the quarter after is the first that is trained, and wholly so.
    trained_day = STARTS[rng.integers(2, 11, count)] - rng.integers(1, 4, count)
    trained &= (trained_day > hired) & ~(trained_day > left)
    return pd.DataFrame(
        {
            "employee_id": [f"E{i:03d}" for i in range(1, count + 1)],
            "unit": unit,
            "unit_id": units["unit_id"].to_numpy()[unit],
            "job": np.array(["agent", "adviser", "technician"])[rng.choice(3, count, p=[0.6, 0.25, 0.15])],
            "hired": hired,
            "left": left,
            "trained_day": np.where(trained, trained_day, np.nan),
            "quality": quality,
        }
    )


def make_employee_survey(
    rng: np.random.Generator, employees: pd.DataFrame, units: pd.DataFrame
) -> pd.DataFrame:
    """One row per employee and year: the four items, engagement, whether there is an answer, and when.

    Who does not answer keeps the engagement of the year before, so that the latest answer is what counts.
    """
    climate = units["climate"].to_numpy()[employees["unit"]]
    person = {item: rng.normal(0, 0.45, len(employees)) for item in planted.ENGAGEMENT_WEIGHTS}
    years = []
    for year in range(3):
        survey = pd.DataFrame({"employee": np.arange(len(employees)), "year": year})
        engagement = 3.6 + climate * 0.5 + rng.uniform(-0.35, 0.35, len(employees))
        for item, weight in planted.ENGAGEMENT_WEIGHTS.items():
            latent = 3.5 + climate * 0.5 + person[item] + rng.normal(0, 0.3, len(employees))
            survey[item] = stochastic_round(latent, rng, 1, 5)
            engagement = engagement + weight * (survey[item].to_numpy() - 3.5)
        survey["engagement"] = np.round(np.clip(engagement, 1, 5), 1)
        survey["answered"] = STARTS[4 * year] + 1 + rng.integers(0, 4, len(employees)) + 0.4
        there = (employees["hired"] < STARTS[4 * year]) & ~(employees["left"] < STARTS[4 * year])
        survey["responds"] = there.to_numpy() & (rng.random(len(employees)) < 0.9)
        if years:
            before = years[-1]["engagement"].to_numpy()
            survey["engagement"] = np.where(survey["responds"], survey["engagement"], before)
        years.append(survey)
    return pd.concat(years, ignore_index=True)


def make_customers(rng: np.random.Generator, units: pd.DataFrame, count: int) -> pd.DataFrame:
    """Customers, their unit and segment, and what stays hidden: disposition (`trait`), habits, spending."""
    unit = rng.choice(len(units), count, p=units["attraction"] / units["attraction"].sum())
    segment = np.array(["consumer", "business", "public"])[rng.choice(3, count, p=[0.70, 0.22, 0.08])]
    region = units["region"].to_numpy()[unit]
    joined = np.where(rng.random(count) < 0.72, -rng.integers(30, 3650, count), rng.integers(5, 1000, count))
    seniority = 1 - 2 * np.argsort(np.argsort(joined, kind="stable"), kind="stable") / (count - 1)
    trait = 0.5 * seniority + 0.5 * rng.uniform(-1, 1, count)
    calls, spend = make_spending(rng, pd.Series(segment))
    respond = planted.RESPONSE_BASE + planted.RESPONSE_TRAIT * trait
    main = pd.Series(region).map(MAIN_LANGUAGE).to_numpy()
    other = np.array(["en", "de", "es", "pt"])[rng.integers(0, 4, count)]
    return pd.DataFrame(
        {
            "customer_id": [f"{i:06d}" for i in np.sort(rng.choice(999_000, count, replace=False)) + 1],
            "segment": segment,
            "region": region,
            "unit": unit,
            "unit_id": units["unit_id"].to_numpy()[unit],
            "joined": joined.astype(float),
            "account_calls": calls,
            "language": np.where(rng.random(count) < 0.85, main, other),
            "trait": trait,
            "respond": respond + planted.RESPONSE_BUSINESS * (segment == "business"),
            "spend": spend,
            "orders": pd.Series(segment).map({"consumer": 2.5, "business": 3.8, "public": 3.2}).to_numpy()
            * rng.uniform(0.75, 1.25, count),
            "contacts": pd.Series(segment)
            .map({"consumer": 1.06, "business": 1.46, "public": 1.2})
            .to_numpy(),
        }
    )


def make_spending(rng: np.random.Generator, segment: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Account calls a year and EUR spent in 90 days: both higher for business, but calls lower the spending."""
    calls_mean = segment.map(planted.ACCOUNT_CALLS).to_numpy()
    calls = rng.poisson(calls_mean)
    spend = segment.map(planted.SPEND_BASE).to_numpy() * rng.uniform(0.6, 1.4, len(segment))
    return calls, spend + planted.ACCOUNT_CALLS_ON_SPEND * (calls - calls_mean)
