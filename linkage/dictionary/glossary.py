"""The suite's own words, for a reader who meets them for the first time."""

from __future__ import annotations

import pandas as pd

from linkage.ladder import MEANING
from linkage.sentences import capital

WORDS: tuple[tuple[str, str], ...] = (
    ("study", "One company's data and questions: a folder with study.yml and its source files."),
    (
        "source",
        "One declared input table: customers, feedback, interactions, transactions, employees, units and more.",
    ),
    ("staging table", "A source after renaming, typing and checking; its name begins with stg_."),
    (
        "reject",
        "A value or row that could not be read, kept with its file, line and reason. Nothing is dropped in silence.",
    ),
    ("linkage table", "Sources joined, with one row a grain; its name begins with link_."),
    (
        "grain",
        "What one row of a table stands for: a contact, an answer, or a customer, employee or unit in a period.",
    ),
    (
        "period",
        "A month, quarter, half or year of the study's calendar. What is said of one rests on what was known at "
        "its end.",
    ),
    ("unit", "A branch, shop, region, hospital or partner."),
    (
        "join ledger",
        "For every join: the rows that met, those that did not and why, and whether any were multiplied.",
    ),
    ("match rate", "The share of rows on the left of a join that found a partner."),
    (
        "window",
        "The days before an answer in which service counts, or after it in which money counts. They never overlap.",
    ),
    ("lag", "How many periods the outcome comes after its drivers."),
    (
        "link",
        "A question declared before its answer is seen: outcome, drivers, what is held fixed, the expected sign.",
    ),
    ("outcome", "What is to be explained: satisfaction, spend, staying."),
    ("driver", "What may go with the outcome: handle time, effort, engagement."),
    ("control", "What is held fixed while a driver is looked at."),
    (
        "link card",
        "The answer to a link: estimates with intervals, n, method, evidence level, checks, one sentence.",
    ),
    ("estimate", "Outcome units for one unit more of the driver, or the value of a figure."),
    (
        "interval",
        "A range made so that 95 of 100 such ranges hold the true value, if the method's assumptions do.",
    ),
    (
        "cluster",
        "Rows that are not independent of each other, such as one customer's answers: they count as one group.",
    ),
    (
        "q-value",
        "The p-value after allowing for how many links were asked: the share of false alarms among such findings.",
    ),
    (
        "detectable",
        "The size that would probably have been seen. Below it, 'no link' means 'not seen', not 'not there'.",
    ),
    (
        "not shown",
        "No link was found, but one of the usual size might have been missed. Otherwise: 'no link'.",
    ),
    ("check", "A verdict on an answer: PASS, REVIEW, FAIL, or NOT ASSESSED where it could not be computed."),
    ("finding", "One row that a link card leaves in the report."),
    (
        "suppressed",
        "Not shown: fewer people stand behind it than the study's minimum, or it would tell of so few.",
    ),
    ("top box", "The share that chose the best point of a scale."),
    ("net promoter score", "The share answering 9 or 10 less the share answering 0 to 6, in points."),
    ("KPI", "A figure of how the business is doing, with its definition, its interval and the trap in it."),
)


def glossary() -> pd.DataFrame:
    """word and meaning, the evidence levels at the end."""
    levels = [(f"evidence level {level}", f"{capital(meaning)}.") for level, meaning in MEANING.items()]
    return pd.DataFrame([*WORDS, *levels], columns=["word", "meaning"])
