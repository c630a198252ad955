"""The company's files: other systems' names, lost zeros, the odd unreadable value, always the same bytes."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd

from linkage.demo import planted
from linkage.demo.company import Company

FEEDBACK_NAMES = {
    "response_id": "id",
    "customer_id": "cust_no",
    "answered_at": "date",
    "interaction_id": "ticket",
}
CONTACT_NAMES = {
    "interaction_id": "ticket",
    "customer_id": "cust",
    "employee_id": "agent",
    "unit_id": "branch",
    "started_at": "opened",
    "ended_at": "closed",
    "promised_at": "promised",
}
INVITATION_NAMES = {"customer_id": "cust_no", "invited_at": "sent"}


def write_files(company: Company, folder: Path) -> None:
    """Write every source file of the company below `folder`."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([company.seed, 1])))
    feedback = soil_feedback(rng, company.feedback).rename(columns=FEEDBACK_NAMES)
    years = company.feedback["answered_at"].dt.year.to_numpy()
    for year in sorted(set(years)):
        write_table(feedback[years == year], folder / "surveys" / f"{year}.csv.gz")
    contacts = soil_interactions(rng, company.interactions).rename(columns=CONTACT_NAMES)
    write_table(contacts, folder / "contacts.csv.gz")
    write_table(soil_transactions(rng, company.transactions), folder / "purchases.csv.gz", days=True)
    write_table(company.invitations.rename(columns=INVITATION_NAMES), folder / "invitations.csv.gz")
    write_table(company.customers, folder / "customers.csv", days=True)
    write_table(company.identities, folder / "identities.csv.gz")
    write_table(company.employees, folder / "employees.csv", days=True)
    write_table(company.employee_feedback, folder / "employee_survey.csv")
    write_table(company.trainings, folder / "trainings.csv", days=True)
    write_table(company.units, folder / "units.csv", days=True)
    write_table(company.partner_answers, folder / "partner_survey.csv", days=True)


def write_table(table: pd.DataFrame, path: Path, *, days: bool = False) -> None:
    """One CSV file, packed if its name ends in .gz, with neither time nor name inside: equal tables, equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    form = "%Y-%m-%d" if days else "%Y-%m-%d %H:%M"
    text = whole_numbers(table).to_csv(index=False, lineterminator="\n", date_format=form).encode("utf-8")
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", compresslevel=7, fileobj=packed, mtime=0) as stream:
            stream.write(text)
        text = packed.getvalue()
    path.write_bytes(text)


def whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Columns that hold only whole numbers written without a decimal point, missing ones empty."""
    table = table.copy()
    for column in table.columns[table.dtypes == "float64"]:
        values = table[column].dropna()
        if (values == np.floor(values)).all():
            table[column] = table[column].astype("Int64")
    return table


def spoil(
    rng: np.random.Generator, values: pd.Series, where: np.ndarray, count: int, words: list[str]
) -> pd.Series:
    """`count` of the values at the places `where` replaced by words, taken in turn."""
    rows = rng.choice(where, min(count, len(where)), replace=False)
    values = values.astype(object)
    values.iloc[rows] = [words[i % len(words)] for i in range(len(rows))]
    return values


def soil_feedback(rng: np.random.Generator, feedback: pd.DataFrame) -> pd.DataFrame:
    """Answers with spaces around some keys, N/A for some shop ratings, and an nps of 11."""
    table = whole_numbers(feedback)
    rated = np.flatnonzero(feedback["nps"].notna())
    table["rating_shop"] = spoil(
        rng, table["rating_shop"], rated, planted.DIRT["feedback_rating_missing_word"], ["N/A"]
    )
    table["nps"] = spoil(rng, table["nps"], rated, planted.DIRT["feedback_nps_out_of_scale"], ["11"])
    rows = rng.choice(len(table), planted.DIRT["feedback_customer_id_with_spaces"], replace=False)
    keys = table["customer_id"].to_numpy(dtype=object, copy=True)
    keys[rows] = [f" {key} " for key in keys[rows]]
    return table.assign(customer_id=keys)


def soil_interactions(rng: np.random.Generator, interactions: pd.DataFrame) -> pd.DataFrame:
    """Contacts, some of them of customers nobody knows; none of these has an answer."""
    count = planted.DIRT["interactions_of_unknown_customers"]
    strays = interactions.iloc[np.sort(rng.choice(len(interactions), count, replace=False))].copy()
    strays["interaction_id"] = [f"C9{i:05d}" for i in range(count)]
    strays["customer_id"] = [f"TK-{i:05d}" for i in range(99_001, 99_001 + count)]
    return pd.concat([interactions, strays], ignore_index=True)


def soil_transactions(rng: np.random.Generator, transactions: pd.DataFrame) -> pd.DataFrame:
    """Purchases as the billing system exports them: keys without leading zeros, a few amounts spoilt."""
    table = transactions.copy()
    table["customer_id"] = table["customer_id"].astype(int)
    bad, none = planted.DIRT["transaction_amount_unreadable"], planted.DIRT["transaction_amount_missing_word"]
    rows = rng.permutation(len(table))[: bad + none]
    table["amount"] = spoil(rng, table["amount"], rows[:bad], bad, ["12.4O", "??", "see note"])
    table["amount"] = spoil(rng, table["amount"], rows[bad:], none, ["N/A"])
    return table
