"""Companies in which satisfaction moves spend, spend moves satisfaction, or nothing moves anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

KINDS = ("forward", "forward and at once", "reverse", "reverse later", "reverse by level", "nothing")


def wave(rng: np.random.Generator, people: int, times: int, memory: float) -> np.ndarray:
    """A process of variance 1 that forgets: (people, times)."""
    made = np.empty((people, times))
    made[:, 0] = rng.normal(size=people)
    for t in range(1, times):
        made[:, t] = memory * made[:, t - 1] + np.sqrt(1 - memory**2) * rng.normal(size=people)
    return made


def moods_and_spend(seed: int, kind: str, size: float, *, people=400, times=8, memory=0.6, spend_memory=0.6):
    """nps (0 to 10, noisy: reliability .7) and spend (log-normal), both (people, times).

    size : correlation between the one and the other's cause. Two fifths of the mood and three fifths of the (log) spend
    are a person's own for good; the rest comes and goes. "Later": by one period; "at once": also in the same.
    """
    rng = np.random.default_rng(seed)
    total = times + 2
    spend = np.sqrt(0.6) * rng.normal(size=(people, 1)) + np.sqrt(0.4) * wave(
        rng, people, total, spend_memory
    )
    mood = np.sqrt(0.4) * rng.normal(size=(people, 1)) + np.sqrt(0.6) * wave(rng, people, total, memory)
    rest = np.sqrt(1 - size**2)
    before = lambda values: np.roll(values, 1, axis=1)  # noqa: E731
    if kind == "forward":
        spend = rest * spend + size * before(mood)
    elif kind == "forward and at once":
        spend = rest * spend + size * (before(mood) + mood) / 2
    elif kind == "reverse":
        mood = rest * mood + size * spend
    elif kind == "reverse later":
        mood = rest * mood + size * before(spend)
    elif kind == "reverse by level":
        level = spend.mean(axis=1, keepdims=True)
        mood = rest * mood + size * level / level.std()
    noisy = np.sqrt(0.7) * mood + np.sqrt(0.3) * rng.normal(size=mood.shape)
    return np.clip(np.round(6.8 + 2 * noisy), 0, 10)[:, 2:], np.exp(4.5 + 0.7 * spend)[:, 2:]


def panel_company(
    seed: int, kind: str, size: float, *, every: int = 1, **how
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a link at lag 1 (spend after nps, customers and quarters), and what comes ahead of each.

    every : customers are asked each so many quarters, in turns; then the spend of the answer's own quarter is `past`.
    """
    nps, spend = moods_and_spend(seed, kind, size, **how)
    people, times = nps.shape
    nps = np.where((np.arange(people)[:, None] + np.arange(times)) % every == 0, nps, np.nan)
    after, later = _shifted(spend, 1), _shifted(nps, every if every > 1 else 2)
    customer = np.repeat([f"C{i:04d}" for i in range(people)], times)
    period = np.tile([f"2024Q{t}" for t in range(1, times + 1)], people)
    keys = {"customer_id": customer, "period": period}
    rows = pd.DataFrame({**keys, "nps": nps.ravel(), "spend": after.ravel(), "spend_now": spend.ravel()})
    past = {"past": spend.ravel()} if every > 2 else {}
    level = {"level": spend.mean(axis=1), "level_root": np.sqrt(spend).mean(axis=1)}
    levels = {k: np.repeat(v, times) for k, v in level.items()}
    ahead = pd.DataFrame({**keys, "lead": later.ravel(), **past, **levels})
    return rows, ahead.dropna(subset="lead")


def survey_company(seed: int, kind: str, size: float, *, people=600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers of customers over 24 months, the spend of the three months before and after each, and the next answer.

    An answer is given as a month begins, in the mood of the month before.
    """
    nps, spend = moods_and_spend(seed, kind, size, people=people, times=25, memory=0.85, spend_memory=0.85)
    nps, spend, before = nps[:, :-1], spend[:, 1:], spend[:, :-1]
    rng = np.random.default_rng(seed + 10_000)
    who, month = np.nonzero(rng.random(nps.shape) < 0.2)
    sums = lambda values: pd.DataFrame(values).T.rolling(3).sum().T.to_numpy()  # noqa: E731
    rows = pd.DataFrame({"response_id": np.arange(len(who)), "customer_id": who, "month": month})
    rows["nps"] = nps[who, month]
    rows["spend_before"] = sums(before)[who, month]
    rows["spend_after"] = np.where(month + 2 < 24, sums(spend)[who, np.minimum(month + 2, 23)], np.nan)
    later = rows[["customer_id", "month", "nps"]].rename(columns={"nps": "lead", "month": "then"})
    pairs = rows[["response_id", "customer_id", "month"]].merge(later, on="customer_id")
    pairs = pairs[pairs["then"] >= pairs["month"] + 3].sort_values(["response_id", "then"])
    ahead = pairs.drop_duplicates("response_id")[["response_id", "lead", "customer_id"]]
    ahead["level"] = 3 * spend.mean(axis=1)[ahead["customer_id"]]
    ahead["level_root"] = np.sqrt(3 * spend).mean(axis=1)[ahead["customer_id"]]
    return rows, ahead.drop(columns="customer_id")


def _shifted(values: np.ndarray, by: int) -> np.ndarray:
    """The value `by` periods later, missing at the end."""
    made = np.full(values.shape, np.nan)
    made[:, :-by] = values[:, by:]
    return made
