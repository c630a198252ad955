"""A small version of bench/honesty.py: traps stay below L3, nothing stays nothing, what is planted is found.

The bench judges the percentages; here every answer of a few companies, whole from files to verdicts, is looked at.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))

import honesty
from simulated.companies import PLANTED

LINKS = len(PLANTED)
SEED = honesty.STRENGTHS.index(max(honesty.STRENGTHS))
"""A company's seed also sets how strong its links are: this one has them at full strength."""


@cache
def asked(scenario: str) -> list[dict]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", "")  # each company has a cache of its own, and this puts ours back
        return honesty.answers_of((scenario, SEED))


def test_links_of_a_company_with_nothing_planted_are_not_called_linked():
    rows = asked("nothing")
    assert len(rows) == LINKS
    assert [row["link"] for row in rows if row["verdict"] == "linked"] == []


@pytest.mark.parametrize("trap", ["confounder", "reverse", "leak", "clustered noise"])
def test_what_only_looks_like_a_link_does_not_reach_the_levels_that_say_followed_by(trap):
    rows = asked(trap)
    assert len(rows) == LINKS
    trusted = [r["link"] for r in rows if r["verdict"] == "linked" and r["level"] in honesty.HIGH]
    assert trusted == []


def test_a_leak_is_refused():
    """Where the driver was filled in from the outcome, no answer may be used at all."""
    loyal = [row for row in asked("leak") if row["link"] in ("loyalty_and_spend", "loyalty_and_next_spend")]
    assert {row["verdict"] for row in loyal} == {"unsafe"}


def test_planted_links_are_found_with_their_sign_and_held_by_their_intervals():
    rows = asked("planted")
    linked = [row for row in rows if row["verdict"] == "linked"]
    assert len(linked) >= 0.8 * len(rows)  # the bench's power at full strength is above this
    assert [row["link"] for row in linked if row["estimate"] * PLANTED[row["link"]] < 0] == []
    held = [row["low"] <= PLANTED[row["link"]] * row["strength"] <= row["high"] for row in rows]
    assert sum(held) >= 4  # of five at 95 %: fewer would happen once in forty
    assert "L3" in {row["level"] for row in linked if row["link"].endswith("next_spend")}


def test_the_tables_count_what_was_answered():
    from pandas import DataFrame

    rows = [*asked("leak"), *asked("planted")]
    traps = honesty.trap_table(DataFrame(rows))
    assert traps.loc["leak", ["companies", "links"]].tolist() == [1, LINKS]
    power = honesty.power_table(DataFrame(rows))
    assert power.loc["all", "companies"] == LINKS
    assert power.loc["all", "power"] == sum(r["verdict"] == "linked" for r in rows[LINKS:]) / LINKS
