"""Which customers to contact first: what may be lost with each, under pseudonyms.

The expected loss of a customer is the risk of customers like them, times what they brought in the last year. Like
them is who was in the same state: loyalty band at the last answer, and silent or not. The risk is the share of such
customers of the last year who were gone a period later. That next year would be as the last one, and that all of it
would go, is assumed: the order is meant, not the amount (L0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.exports.pseudonyms import KeyFile
from linkage.exports.sheets import Amount, Share, Sheet, sheet_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

LONGEST = 100
"""More accounts than this are not a list to work from."""
HEADERS = (
    *(
        "rank",
        "account",
        "unit",
        "band",
        "silent in the period",
        "risk",
        "risk low",
        "risk high",
        "n alike",
    ),
    *("last year", "expected loss", "loss low", "loss high", "currency", "basis", "level"),
)
STATE = ["band", "silent"]
TITLE = "Accounts to contact, by what may be lost"
RULE = (
    "Expected loss = risk of customers alike (same loyalty band, silent or not; share gone a period later, over the "
    "last year) x what the customer brought in the last year. That all of it would be lost is assumed (L0)."
)


@dataclass(frozen=True)
class Accounts:
    """The list as a sheet, and the keys behind its pseudonyms; no keys where the list is left out."""

    sheet: Sheet
    keys: dict[str, str]


def accounts_list(study: OpenStudy, period: str, keys: KeyFile | None, why: str = "") -> Accounts:
    """The customers with the largest expected loss. keys : None, with the reason `why`, leaves the list out."""
    reason = why if keys is None else _lacking(study)
    if reason:
        return _left_out(reason)
    rows = at_risk(study, period)
    if rows.empty:
        return _left_out(
            "no customer of this period both brought money and is like enough others to tell a risk."
        )
    return _listed(rows.head(LONGEST), study, keys)


def _left_out(reason: str) -> Accounts:
    return Accounts(Sheet("Accounts", TITLE, f"Left out: {reason}", HEADERS, []), {})


def _lacking(study: OpenStudy) -> str:
    from linkage.worth.people import TABLE, money_of

    if TABLE not in study.tables:
        return f"this study has no {TABLE}; it needs customers, and their purchases."
    if money_of(study).column is None:
        return "this study has no sum of money in a source of transactions."
    return ""


def at_risk(study: OpenStudy, period: str) -> pd.DataFrame:
    """One row a customer present in the period, by falling expected loss: risk and its ends, brought, loss."""
    from linkage.worth.people import customer_periods, last_year, money_of, present_now

    money = money_of(study).column
    people = customer_periods(study, period)
    people = people.assign(silent=people["is_silent"].astype(bool), band=people["band"].astype(str))
    year = last_year(people, study, period)
    brought = year.groupby("customer_id")[money].sum().rename("brought")
    risk = _risks(people, year, study)
    now = present_now(people, study, period).merge(brought, on="customer_id", how="left")
    now = now.merge(risk, on=STATE, how="inner")
    now["loss"] = now["risk"] * now["brought"].fillna(0.0)
    now = now[now["loss"] > 0]
    return now.sort_values(["loss", "customer_id"], ascending=[False, True], ignore_index=True)


def _risks(people: pd.DataFrame, year: pd.DataFrame, study: OpenStudy) -> pd.DataFrame:
    """By state, the share of customers gone a period later with its interval (Wilson); too small states are left out.

    Gone is who left. Where nobody ever leaves by saying so, it is who then was silent.
    """
    from linkage.kpis.intervals import rate

    lost = people["is_lost"].astype(float)
    gone = lost if lost.any() else people["silent"].astype(float)
    later = people[["customer_id"]].assign(position=people["position"] - 1, gone=gone)
    pairs = year[year["is_lost"] == 0].merge(later, on=["customer_id", "position"], how="inner")
    found = pairs.groupby(STATE, as_index=False).agg(
        gone=("gone", "sum"), pairs=("gone", "size"), n_alike=("customer_id", "nunique")
    )
    found = found[found["n_alike"] >= study.study.declared.minimum_group].reset_index(drop=True)
    ends = [rate(gone, pairs, 0.95) for gone, pairs in zip(found["gone"], found["pairs"], strict=True)]
    limits = pd.DataFrame(ends, columns=["estimate", "low", "high"], index=found.index)
    return found.assign(risk=limits["estimate"], risk_low=limits["low"], risk_high=limits["high"])


def _listed(rows: pd.DataFrame, study: OpenStudy, keys: KeyFile) -> Accounts:
    from linkage.worth.people import SILENT

    names = {key: keys.pseudonym(key) for key in rows["customer_id"]}
    currency = study.study.declared.currency
    shown = [
        {
            "rank": place,
            "account": names[row["customer_id"]],
            "unit": row.get("unit_id"),
            "band": "no answer" if row["band"] == SILENT else row["band"],
            "silent in the period": "yes" if row["silent"] else "no",
            "risk": Share(row["risk"]),
            "risk low": Share(row["risk_low"]),
            "risk high": Share(row["risk_high"]),
            "n alike": int(row["n_alike"]),
            "last year": _coarse(row["brought"]),
            "expected loss": _coarse(row["loss"]),
            "loss low": _coarse(row["risk_low"] * row["brought"]),
            "loss high": _coarse(row["risk_high"] * row["brought"]),
            "currency": currency,
            "basis": "assumed",
            "level": "L0",
        }
        for place, row in enumerate(rows.to_dict("records"), start=1)
    ]
    note = f"The first {len(shown)} by expected loss. {RULE} Whose an account is stands in the folder of keys only."
    sheet = Sheet("Accounts", TITLE, note, HEADERS, sheet_rows(shown, HEADERS), widths={"account": 22})
    return Accounts(sheet, {name: key for key, name in names.items()})


def _coarse(value: float) -> Amount:
    """Two significant digits: an exact amount would name its customer to whoever sees the invoices."""
    return Amount(float(f"{value:.2g}"))
