"""Lists to work from: whom to contact, under names that only the key file turns back; targets unit by unit."""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
import stat
from dataclasses import replace

import pandas as pd
import pytest
from corner_shop import workplace
from market_study import market

from linkage.errors import OptionError
from linkage.exports.accounts import LONGEST, accounts_list, at_risk
from linkage.exports.pseudonyms import KeyFile, keys_folder, open_keys
from linkage.exports.sheets import Share, Sheet, write_csv
from linkage.exports.targets import targets_sheet
from linkage.opening import OpenStudy

SECRET = bytes(range(32))
KEYS = KeyFile(workplace(), "market", SECRET)


def told(study: OpenStudy, **declared: object) -> OpenStudy:
    """The study as if study.yml said something more."""
    made = study.study.declared.model_copy(update=declared)
    return type(study)(replace(study.study, declared=made), study.warehouse)


@pytest.fixture(scope="module")
def risks() -> pd.DataFrame:
    return at_risk(market(), "2026Q3")


def test_a_pseudonym_is_the_hmac_of_the_key():
    mark = hmac.new(SECRET, b"PERSON-0001", hashlib.sha256).hexdigest()[:16].upper()
    assert KEYS.pseudonym("PERSON-0001") == f"A-{mark}"
    assert KeyFile(workplace(), "market", bytes(32)).pseudonym("PERSON-0001") != f"A-{mark}"


def test_expected_loss_is_the_risk_of_customers_alike_times_last_years_money(risks):
    # by hand, from the study's own files: gone a period later among those in the same band, and a year's purchases
    rows = market().table("link_customer_period", through="2026Q3")
    brought = rows.groupby("customer_id")["spend"].sum()
    first = risks.iloc[0]
    assert first["brought"] == pytest.approx(brought[first["customer_id"]])
    assert first["loss"] == pytest.approx(first["risk"] * first["brought"])
    assert risks["loss"].is_monotonic_decreasing and (risks["loss"] > 0).all()


def test_the_risk_is_the_share_that_left_a_period_later(risks):
    # counted one by one: customers of the year in the first one's state, still there, and gone a period later
    from linkage.worth.people import customer_periods

    people = customer_periods(market(), "2026Q3")
    place = people["position"].max()
    state = people.assign(silent=people["is_silent"].astype(bool))
    pairs = lost = 0
    chosen = risks.iloc[0]
    alike = state[(state["band"].astype(str) == chosen["band"]) & (state["silent"] == chosen["silent"])]
    later = people.set_index(["customer_id", "position"])["is_lost"].to_dict()
    for row in alike.itertuples():
        end = later.get((row.customer_id, row.position + 1))
        if row.position > place - 4 and not row.is_lost and end is not None:
            pairs, lost = pairs + 1, lost + end
    assert chosen["risk"] == pytest.approx(lost / pairs) and lost > 0
    # Wilson 1927: the ends p solve (estimate - p)^2 = z^2 p (1 - p) / n
    for end in (chosen["risk_low"], chosen["risk_high"]):
        assert (lost / pairs - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / pairs, rel=1e-5)


def test_states_of_too_few_customers_are_left_out(risks):
    assert (risks["n_alike"] >= 5).all()
    assert at_risk(told(market(), minimum_group=10_000), "2026Q3").empty


def test_who_has_left_is_not_on_the_list(risks):
    left = {f"PERSON-{i:04d}" for i in range(10, 16)}
    assert not left & set(risks["customer_id"])


def test_the_list_holds_pseudonyms_ranks_and_coarse_money_only(risks):
    found = accounts_list(market(), "2026Q3", KEYS)
    rows = [dict(zip(found.sheet.headers, row, strict=True)) for row in found.sheet.rows]
    assert [row["rank"] for row in rows] == list(range(1, min(LONGEST, len(risks)) + 1))
    assert [found.keys[row["account"]] for row in rows] == list(risks["customer_id"][: len(rows)])
    assert {row["basis"] for row in rows} == {"assumed"} and {row["level"] for row in rows} == {"L0"}
    assert all(float(f"{row['last year']:.2g}") == row["last year"] for row in rows)
    assert isinstance(rows[0]["risk"], Share)
    assert all(
        r["risk low"] < r["risk"] < r["risk high"] and r["loss low"] <= r["expected loss"] for r in rows
    )
    assert "PERSON-" not in str(found.sheet)


def test_without_keys_or_money_the_list_says_why():
    assert accounts_list(market(), "2026Q3", None, "no keys").sheet.note == "Left out: no keys"
    with pytest.raises(OptionError, match="keys_folder"):
        open_keys(market(), workplace())


def test_keys_are_made_once_for_their_owner_and_used_again(tmp_path):
    study = told(market(), keys_folder=str(tmp_path / "keys"))
    first = open_keys(study, tmp_path / "reports")
    path = tmp_path / "keys" / "market.key"
    assert open_keys(study, tmp_path / "reports").secret == first.secret and len(first.secret) == 32
    kept = first.keep({"A-1": "PERSON-0001", "A-0": "=x"}, "2026Q3")
    with kept.open(encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [
            ["account", "customer_id"],
            ["A-0", "'=x"],
            ["A-1", "PERSON-0001"],
        ]
    if os.name == "posix":
        assert {stat.S_IMODE(p.stat().st_mode) for p in (path, kept)} == {0o600}
    first.keep({}, "2026Q3")
    assert kept.read_text(encoding="utf-8") == "account,customer_id\n"


def test_a_relative_folder_lies_in_the_studys_own():
    assert keys_folder(told(market(), keys_folder="keys")) == market().study.folder / "keys"


@pytest.mark.parametrize("inside", ["", "market", "market/2026Q3/keys"])
def test_no_key_may_lie_among_the_reports(tmp_path, inside):
    study = told(market(), keys_folder=str(tmp_path / "reports" / inside))
    with pytest.raises(OptionError, match="among the reports"):
        open_keys(study, tmp_path / "reports")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "not a secret", "ab" * 31])
def test_a_spoilt_key_file_is_refused_and_left_as_it_is(tmp_path, text):
    (tmp_path / "market.key").write_text(text)
    with pytest.raises(OptionError, match=r"market\.key holds no secret"):
        open_keys(told(market(), keys_folder=str(tmp_path)), tmp_path / "reports")
    assert (tmp_path / "market.key").read_text() == text


def test_a_folder_that_is_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(OptionError, match="cannot be used"):
        open_keys(told(market(), keys_folder=str(tmp_path / "keys")), tmp_path / "reports")


class Goals:
    """Goals as operational_goals gives them: one with two units, one metric without a goal."""

    def __init__(self):
        row = {
            "label": "Wait",
            "unit": "hour",
            "outcome": "nps",
            "grain": "survey",
            "kind": "break",
            "direction": "at most",
        }
        row |= {
            "estimate": 4.0,
            "low": 3.0,
            "high": 5.0,
            "level": "L2",
            "sentence": "At most 4 hours.",
            "n_last": 90,
        }
        reach = {
            "share": 0.2,
            "share_low": 0.1,
            "share_high": 0.3,
            "gain": 0.05,
            "gain_low": 0.01,
            "gain_high": 0.09,
        }
        none = {**row, **reach, "kind": "none"}
        self.estimates = pd.DataFrame({"wait": {**row, **reach}, "talk": none}).T
        unit = {"metric": "wait", **reach, "n": 40, "customers": 30}
        self.by_unit = pd.DataFrame([{**unit, "unit_id": "=U1"}, {**unit, "unit_id": "@U2", "share": 0.4}])
        self.missing = ()


def test_targets_are_listed_for_all_and_unit_by_unit(monkeypatch):
    monkeypatch.setattr("linkage.goals.asking.operational_goals", lambda study, *, period: Goals())
    sheet = targets_sheet(market(), "2026Q3")
    rows = [dict(zip(sheet.headers, row, strict=True)) for row in sheet.rows]
    assert [(r["metric"], r["unit"], r["beyond goal"]) for r in rows] == [
        ("Wait", "all", 0.2),
        ("Wait", "=U1", 0.2),
        ("Wait", "@U2", 0.4),
    ]
    assert {(r["goal"], r["metric unit"], r["direction"]) for r in rows} == {(4.0, "hour", "at most")}
    assert [r["contacts"] for r in rows] == [90, 40, 40]
    assert {r["outcome"] for r in rows} == {"Likelihood to recommend"}
    assert [r["goal in words"] for r in rows] == ["At most 4 hours.", None, None]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0.2787937743, "0.2788"),
        (11.948064, "11.95"),
        (12345.678, "12350"),
        (0.000123456, "0.0001235"),
        (4, "4"),
    ],
)
def test_figures_of_a_list_are_written_as_they_are_read(tmp_path, value, read):
    write_csv(Sheet("", "", "", ("figure",), [(value,)]), tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text(encoding="utf-8") == f"figure\n{read}\n"


def test_a_version_without_goals_leaves_targets_out(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("linkage.exports.targets.import_module", missing)
    assert targets_sheet(market(), "2026Q3").note.startswith("Left out: operational goals are not part")
