"""Who gets more service than they are worth, and who less? Value against service received, in classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import LinkError, TooFewRowsError
from linkage.regression.result import check_confidence
from linkage.results import Result
from linkage.rows import complete_rows
from linkage.sentences import number, plural
from linkage.suppressing import not_told, shown_groups

UNDER, OVER, LEVEL = "under-served", "over-served", "in line"
TIERS = {2: ["low", "high"], 3: ["low", "middle", "high"]}


@dataclass(frozen=True, eq=False, repr=False)
class ServiceByValue(Result):
    """Service received against value: counts and means, no customer.

    estimates : one row a value tier and service tier: standing (under-served: the top value tier with the least
        service; over-served: the lowest with the most; otherwise in line), n, expected_n (were the two
        unrelated), value_share (of all value), estimate, std_error, low, high (mean value, t over customers),
        service_mean, service_std_error, service_low, service_high, suppressed (below `minimum_group`, or
        telling of such: nothing but n is shown).
    correlation : by rank, of value and service (more of it, or better), with low and high (Fisher).
    """

    value: str
    service: str
    better: str
    estimates: pd.DataFrame
    correlation: pd.Series
    currency: str
    horizon: str
    level: str
    basis: str
    minimum_group: int
    n_used: int
    n_dropped: int
    confidence: float
    unit: str = ""

    def to_frame(self) -> pd.DataFrame:
        carried = {
            "currency": self.currency,
            "horizon": self.horizon,
            "level": self.level,
            "basis": self.basis,
        }
        return self.estimates.assign(**carried)

    def summary(self) -> str:
        said = []
        for standing in (UNDER, OVER):
            row = self.estimates[self.estimates["standing"] == standing].iloc[0]
            if row.suppressed:
                said.append(f"{standing}: not shown, {not_told(self.minimum_group, 'customers')}")
                continue
            said.append(
                f"{standing}: {int(row.n):,} customers ({row.expected_n:.0f} were the two unrelated), worth "
                f"{number(row.estimate)} {self.currency} each ({number(row.low)} to {number(row.high)}), "
                f"{self.service} {number(row.service_mean)} {plural(self.unit, row.service_mean)}".rstrip()
            )
        row = self.correlation
        return (
            f"Value against {self.service} ({'more' if self.better == 'higher' else 'less'} of it is more service): "
            f"{'; '.join(said)}. Value and service correlate by {_signed(row.estimate)} in rank "
            f"({_signed(row.low)} to {_signed(row.high)}). ({self.horizon}; {self.level}, "
            f"{self.basis}; {self.confidence:.0%} intervals; n = {self.n_used:,} customers who have both; "
            f"{self.n_dropped:,} lack one.)"
        )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def compare_service(
    customers: pd.DataFrame,
    *,
    value: str,
    service: str,
    better: str,
    currency: str,
    horizon: str,
    unit: str = "",
    level: str = "L1",
    basis: str = "estimated",
    tiers: int = 3,
    minimum_group: int = 10,
    confidence: float = 0.95,
) -> ServiceByValue:
    """Do the customers who are worth most get the service, and who gets less or more than that?

    customers : one row a customer. value : column of money. service : column of what they got, such as
        contacts, visits, or waiting time. better : "higher" (contacts: more is more service) or "lower"
        (waiting); unit : its. horizon, level, basis : those of the value.
    tiers : 2 or 3 classes of equal size; equal values stay together, so many ties make classes unequal.

    Contacts also follow need: who has trouble calls. Read them beside a measure such as waiting, which the
    customer does not choose. TooFewRowsError where ties leave a class empty.
    """
    check_confidence(confidence)
    _check_words(better, tiers, basis)
    rows = complete_rows(customers, [value, service], at_least=10 * tiers)
    frame = pd.DataFrame({"value": rows[value], "service": rows[service]})
    received = frame["service"] if better == "higher" else -frame["service"]
    frame["value_tier"] = _tier(frame["value"], tiers, value)
    frame["service_tier"] = _tier(received, tiers, service)
    return ServiceByValue(
        value=value,
        service=service,
        better=better,
        estimates=_table(frame, tiers, minimum_group, confidence),
        correlation=_rank_correlation(frame["value"], received, confidence),
        currency=currency,
        horizon=horizon,
        level="L0" if basis == "assumed" else level,
        basis=basis,
        minimum_group=minimum_group,
        n_used=len(rows),
        n_dropped=len(customers) - len(rows),
        confidence=confidence,
        unit=unit,
    )


def service_standing(
    customers: pd.DataFrame, *, value: str, service: str, better: str, tiers: int = 3
) -> pd.Series:
    """Each customer's standing, for a work list that stays inside the house: never publish it.

    The same classes as `compare_service`; missing where value or service is.
    """
    _check_words(better, tiers, "estimated")
    numbered = customers.assign(position=np.arange(len(customers)))
    rows = complete_rows(numbered, [value, service, "position"], at_least=10 * tiers)
    received = rows[service] if better == "higher" else -rows[service]
    found = np.full(len(customers), None, dtype=object)
    found[rows["position"].to_numpy(dtype="int64")] = _standing(
        _tier(rows[value], tiers, value), _tier(received, tiers, service), tiers
    )
    return pd.Series(found, customers.index, name="standing", dtype="str")


def _check_words(better: str, tiers: int, basis: str) -> None:
    if better not in ("higher", "lower"):
        raise LinkError(f"better={better!r}: say whether 'higher' or 'lower' values are more service.")
    if tiers not in TIERS:
        raise LinkError(f"tiers={tiers!r}: choose 2 or 3.")
    if basis not in ("estimated", "assumed"):
        raise LinkError(f"basis={basis!r} is 'estimated' or 'assumed'.")


def _tier(values: pd.Series, tiers: int, name: str) -> np.ndarray:
    """Classes 0 (least) to tiers - 1 by mean rank; equal values share a class."""
    share = (values.rank() - 0.5).to_numpy() / len(values)
    codes = np.minimum((share * tiers).astype("int64"), tiers - 1)
    sizes = np.bincount(codes, minlength=tiers)
    if (sizes == 0).any():
        common = values.mode().iloc[0]
        raise TooFewRowsError(
            f"{name}: {(values == common).sum():,} of {len(values):,} customers have the same value, "
            f"{abs(common):g}, which leaves one of {tiers} classes empty. Ask with fewer tiers or a finer measure."
        )
    return codes


def _standing(value_tier: np.ndarray, service_tier: np.ndarray, tiers: int) -> np.ndarray:
    top = tiers - 1
    under, over = (value_tier == top) & (service_tier == 0), (value_tier == 0) & (service_tier == top)
    return np.where(under, UNDER, np.where(over, OVER, LEVEL)).astype(object)


def _table(frame: pd.DataFrame, tiers: int, minimum_group: int, confidence: float) -> pd.DataFrame:
    order = pd.MultiIndex.from_product([range(tiers)] * 2, names=["value_tier", "service_tier"])
    grouped = frame.groupby(["value_tier", "service_tier"])
    n = grouped.size().reindex(order, fill_value=0)
    by_value, by_service = (n.groupby(level=k).transform("sum") for k in (0, 1))
    table = pd.DataFrame({"n": n, "expected_n": by_value * by_service / len(frame)})
    table["value_share"] = grouped["value"].sum().reindex(order) / frame["value"].sum()
    for column, names in {
        "value": ["estimate", "std_error", "low", "high"],
        "service": ["service_mean", "service_std_error", "service_low", "service_high"],
    }.items():
        table[names] = _means(grouped[column], n, confidence)
    some = n > 0  # where nobody is, nobody can be told of
    table["suppressed"] = True
    table.loc[some, "suppressed"] = ~shown_groups(n[some].to_numpy(), None, minimum_group)
    table.loc[table["suppressed"], table.columns[1:-1]] = np.nan
    first, second = (table.index.get_level_values(k).to_numpy() for k in (0, 1))
    table.insert(0, "standing", _standing(first, second, tiers))
    return table.set_index(order.set_levels([TIERS[tiers]] * 2))


def _means(grouped, n: pd.Series, confidence: float) -> np.ndarray:
    """Mean, standard error and t limits of each class (K, 4); missing below two customers."""
    from scipy.special import stdtrit

    mean = grouped.mean().reindex(n.index).to_numpy()
    error = grouped.std().reindex(n.index).to_numpy() / np.sqrt(np.maximum(n, 1).to_numpy())
    half = stdtrit(np.maximum(n - 1, 1).to_numpy(), 0.5 + confidence / 2) * error
    return np.column_stack([mean, error, mean - half, mean + half])


def _rank_correlation(value: pd.Series, service: pd.Series, confidence: float) -> pd.Series:
    """Spearman's correlation, interval as Fisher's but wider (Bonett and Wright 2000, Psychometrika 65, p. 23)."""
    from scipy.special import ndtri

    r = float(np.corrcoef(value.rank(), service.rank())[0, 1])
    half = ndtri(0.5 + confidence / 2) * np.sqrt((1 + r**2 / 2) / (len(value) - 3))
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    return pd.Series({"estimate": r, "low": np.tanh(z - half), "high": np.tanh(z + half)})
