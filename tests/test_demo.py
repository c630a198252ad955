"""The fictional company: the same files from the same seed, and every planted effect there to be found."""

from __future__ import annotations

import gzip
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import yaml
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from linkage.demo import DEMO_FOLDER, simulate_company, write_demo
from linkage.demo.phrases import PERSONAL
from linkage.demo.planted import DIRT
from linkage.study import load_study

TRUTH = yaml.safe_load((DEMO_FOLDER / "truth.yml").read_text(encoding="utf-8"))
PLANTED = {effect["name"]: effect for effect in TRUTH["effects"]}
AFTER = pd.Timedelta(days=90)


def quarter_of(times: pd.Series) -> pd.Series:
    """Quarters since 2024Q1."""
    return (times.dt.year - 2024) * 4 + times.dt.quarter - 1


def slopes(rows: pd.DataFrame, outcome: str, numbers: list[str], labels=(), cluster="") -> dict:
    """Least squares with indicator columns for the labels: slope and standard error of each number."""
    rows = rows[[outcome, *numbers, *labels, *([cluster] if cluster not in labels else [])]].dropna()
    parts = [rows[numbers].astype(float)]
    parts += [pd.get_dummies(rows[label], prefix=label, drop_first=True, dtype=float) for label in labels]
    design = sm.add_constant(pd.concat(parts, axis=1)).to_numpy()
    groups = rows[cluster].factorize()[0]
    fit = sm.OLS(rows[outcome].to_numpy(float), design).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return {name: (fit.params[i], fit.bse[i]) for i, name in enumerate(numbers, start=1)}


class Tables:
    """The linkage tables of a simulated company, joined here with pandas alone."""

    def __init__(self, company):
        self.company = company
        customers, answers = company.customers, company.feedback
        answers = answers.assign(quarter=quarter_of(answers["answered_at"]))
        self.contacts = answers.dropna(subset="csat").merge(company.interactions, on="interaction_id")
        self.contacts = self.contacts.rename(columns={"customer_id_x": "customer_id"})
        self.surveys = answers.dropna(subset="nps").merge(customers, on="customer_id")
        self.add_money_windows()
        self.customer_quarters = self.make_customer_quarters(answers)
        self.employee_quarters = self.make_employee_quarters()
        self.unit_quarters = self.make_unit_quarters()

    def add_money_windows(self):
        money = self.company.transactions[["customer_id", "purchased_at", "amount"]]
        pairs = self.surveys[["response_id", "customer_id", "answered_at"]].merge(money, on="customer_id")
        gap = pairs["purchased_at"] - pairs["answered_at"]
        for name, inside in (
            ("after", (gap > pd.Timedelta(0)) & (gap <= AFTER)),
            ("before", (gap <= pd.Timedelta(0)) & (gap > -AFTER)),
        ):
            total = pairs[inside].groupby("response_id")["amount"].sum()
            self.surveys[f"spend_{name}"] = self.surveys["response_id"].map(total).fillna(0.0)
        times = self.surveys["answered_at"]
        closed = (times + AFTER < pd.Timestamp("2027-01-01")) & (times - AFTER >= pd.Timestamp("2024-01-01"))
        self.surveys.loc[~closed, ["spend_after", "spend_before"]] = np.nan

    def make_customer_quarters(self, answers):
        customers = self.company.customers
        first = quarter_of(customers["joined_on"]).clip(lower=0)
        last = quarter_of(customers["left_on"]).fillna(11).astype(int)
        grid = customers.loc[customers.index.repeat(last - first + 1)].copy()
        grid["quarter"] = first.repeat(last - first + 1) + grid.groupby(level=0).cumcount()
        grid["is_lost"] = (quarter_of(grid["left_on"]) == grid["quarter"]).astype(float)
        bought = self.company.transactions
        spend = bought.groupby(["customer_id", quarter_of(bought["purchased_at"]).rename("quarter")])[
            "amount"
        ].sum()
        answers = answers.assign(retention=answers[["rli_1", "rli_2", "rli_3"]].mean(axis=1))
        means = answers.groupby(["customer_id", "quarter"])[["csat", "effort", "nps", "retention"]].mean()
        grid = grid.join(spend.rename("spend"), on=["customer_id", "quarter"]).fillna({"spend": 0.0})
        grid = grid.join(means, on=["customer_id", "quarter"])
        later = grid[["customer_id", "quarter", "spend", "is_lost"]].assign(quarter=grid["quarter"] - 1)
        return grid.merge(later, on=["customer_id", "quarter"], how="left", suffixes=("", "_next"))

    def make_employee_quarters(self):
        answers = self.company.employee_feedback
        cells = self.contacts.groupby(["employee_id", "quarter"])["csat"].agg(["mean", "size"]).reset_index()
        own = answers.assign(quarter=quarter_of(answers["answered_at"]))
        table = pd.merge_asof(
            cells.sort_values("quarter"),
            own[["employee_id", "quarter", "engagement"]].sort_values("quarter"),
            on="quarter",
            by="employee_id",
        )
        units = self.company.employees.set_index("employee_id")["unit_id"]
        table["unit_id"] = table["employee_id"].map(units)
        trained = self.company.trainings.set_index("employee_id")["completed_on"]
        done = quarter_of(table["employee_id"].map(trained))
        table["is_trained"] = (done < table["quarter"]).astype(float)
        table["ever_trained"] = done.notna().astype(float)
        return table.rename(columns={"mean": "csat"})

    def make_unit_quarters(self):
        bought = self.company.transactions
        spend = bought.groupby(["unit_id", quarter_of(bought["purchased_at"]).rename("quarter")])[
            "amount"
        ].sum()
        growth = (spend / spend.groupby("unit_id").shift() - 1).rename("growth_later").reset_index()
        csat = self.contacts.groupby(["unit_id", "quarter"])["csat"].mean().reset_index()
        nps = self.surveys.groupby(["unit_id", "quarter"])["nps"].mean().reset_index()
        partners = self.company.partner_answers.rename(columns={"partner_id": "unit_id"})
        partners = partners.assign(quarter=quarter_of(partners["answered_on"]))
        said = partners.groupby(["unit_id", "quarter"])["satisfaction"].mean().reset_index()
        table = csat.merge(
            growth.assign(quarter=growth["quarter"] - 2), on=["unit_id", "quarter"], how="left"
        )
        return table.merge(nps, on=["unit_id", "quarter"], how="left").merge(
            said, on=["unit_id", "quarter"], how="left"
        )


def estimates(company) -> dict[str, tuple[float, float]]:
    """For every planted effect its estimate and standard error, under its name in truth.yml."""
    tables = Tables(company)
    return {**of_contacts(tables), **of_money(tables), **of_people(tables)}


def of_contacts(tables: Tables) -> dict:
    rows, where = tables.contacts, ["channel", "topic"]
    rows = rows.assign(beyond=np.maximum(rows["handle_minutes"] - 12, 0))
    by = {"cluster": "customer_id"}
    bent = slopes(rows, "csat", ["handle_minutes", "beyond"], where, **by)
    both = slopes(rows, "csat", ["effort", "transfer_count"], where, **by)
    promise = slopes(rows, "csat", ["days_late", "days_early"], where, **by)
    flat = slopes(rows[rows["handle_minutes"] <= 12], "csat", ["handle_minutes"], where, **by)
    steep = slopes(rows[rows["handle_minutes"] >= 12], "csat", ["handle_minutes"], where, **by)
    assert bent["beyond"][0] < -0.04
    return {
        "handle_time_slope_before": flat["handle_minutes"],
        "handle_time_slope_after": steep["handle_minutes"],
        "handle_time_linear_slope": slopes(rows, "csat", ["handle_minutes"], where, **by)["handle_minutes"],
        "effort_on_satisfaction": both["effort"],
        "transfers_on_satisfaction_direct": both["transfer_count"],
        "transfers_on_satisfaction_total": slopes(rows, "csat", ["transfer_count"], where, **by)[
            "transfer_count"
        ],
        "transfers_on_effort": slopes(rows, "effort", ["transfer_count"], where, **by)["transfer_count"],
        "broken_promise": promise["days_late"],
        "exceeded_promise": promise["days_early"],
        "first_response": slopes(rows, "csat", ["first_response_hours"], where, **by)["first_response_hours"],
        "hold_music": slopes(rows, "csat", ["hold_music_b"], **by)["hold_music_b"],
    }


def of_money(tables: Tables) -> dict:
    ratings = [f"rating_{point}" for point in ("network", "service", "billing", "shop")]
    by, panel = {"cluster": "customer_id"}, tables.customer_quarters
    loyal = slopes(tables.surveys, "nps", ratings, ["segment"], **by)
    churn = slopes(panel, "is_lost_next", ["effort", "csat"], **by)
    return {
        **{f"{rating}_on_loyalty": loyal[rating] for rating in ratings},
        "loyalty_on_spend": slopes(tables.surveys, "spend_after", ["nps", "spend_before"], ["segment"], **by)[
            "nps"
        ],
        "loyalty_on_next_quarter_spend": slopes(panel, "spend_next", ["nps"], ["segment"], **by)["nps"],
        "effort_on_churn": churn["effort"],
        "satisfaction_on_churn": churn["csat"],
        "retention_intention_on_churn": slopes(panel, "is_lost_next", ["retention"], **by)["retention"],
        "account_calls_on_spend": slopes(panel, "spend", ["account_calls"], ["segment"], **by)[
            "account_calls"
        ],
    }


def of_people(tables: Tables) -> dict:
    staff, units = tables.employee_quarters, tables.unit_quarters
    by = {"cluster": "employee_id"}
    before = staff.sort_values(["employee_id", "quarter"])
    change = before.groupby("employee_id")[["quarter", "csat", "is_trained"]].diff()
    change = change.assign(employee_id=before["employee_id"])[change["quarter"] == 1]
    untrained = staff[staff["is_trained"] == 0]
    own = tables.company.employee_feedback.merge(tables.company.employees, on="employee_id")
    items = ["manager_support", "recognition", "tools", "workload"]
    made = slopes(own, "engagement", items, ["unit_id"], **by)
    growth = slopes(units, "growth_later", ["csat"], ["quarter"], cluster="unit_id")
    partners = slopes(units, "nps", ["satisfaction"], cluster="unit_id")
    return {
        "engagement_on_satisfaction": slopes(staff, "csat", ["engagement", "is_trained"], cluster="unit_id")[
            "engagement"
        ],
        "training_on_satisfaction": slopes(change, "csat", ["is_trained"], **by)["is_trained"],
        "training_selection": slopes(untrained, "csat", ["ever_trained"], ["quarter"], **by)["ever_trained"],
        "satisfaction_on_growth": growth["csat"],
        "partner_satisfaction_on_loyalty": partners["satisfaction"],
        **{f"{item}_on_engagement": made[item] for item in items},
    }


RECOVERED = sorted(set(PLANTED) - {"exit_score_leak", "handle_time_break"})


@pytest.fixture(scope="module")
def company():
    return simulate_company()


@pytest.fixture(scope="module")
def tables(company):
    return Tables(company)


@pytest.fixture(scope="module")
def found(tables):
    return {**of_contacts(tables), **of_money(tables), **of_people(tables)}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


def files_in(folder: Path) -> dict[str, Path]:
    """Every file of a study's folder by its path, but for what the suite itself may have built there."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in paths.items() if not name.startswith(".")}


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked: builds of zlib pack the same text into different bytes."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DEMO_FOLDER / name, dtype=str, keep_default_na=False)


def answers_as_written() -> pd.DataFrame:
    return pd.concat([read(f"surveys/{year}.csv.gz") for year in (2024, 2025, 2026)], ignore_index=True)


def test_committed_files_are_what_the_generator_writes(written):
    committed, fresh = files_in(DEMO_FOLDER), files_in(written)
    assert sorted(committed) == sorted(fresh)
    assert [name for name in fresh if content(fresh[name]) != content(committed[name])] == []


def test_packed_files_hold_no_time_and_no_name(written):
    packed = [path.read_bytes() for path in files_in(written).values() if path.suffix == ".gz"]
    assert len(packed) == 7
    # RFC 1952: byte 3 holds the flags (8 is a name), bytes 4 to 7 the time.
    assert all(data[3] == 0 and data[4:8] == bytes(4) for data in packed)


def test_the_study_is_small_enough_to_ship():
    sizes = [path.stat().st_size for path in files_in(DEMO_FOLDER).values()]
    assert sum(sizes) <= 6_000_000
    assert max(sizes) < 3 * 2**20


def test_same_seed_same_company_and_another_seed_another():
    one, same, other = (simulate_company(seed, scale=0.05) for seed in (3, 3, 4))
    for field in fields(one):
        if field.name != "seed":
            assert_frame_equal(getattr(one, field.name), getattr(same, field.name))
    assert not one.transactions["amount"].equals(other.transactions["amount"])
    assert len(one.customers) == 300


def test_truth_and_study_name_the_same_links():
    study = load_study(DEMO_FOLDER)
    named = {effect["link"] for effect in TRUTH["effects"]} - {None}
    assert named == set(study.links)
    for effect in TRUTH["effects"]:
        if effect["link"] is not None:
            link = study.links[effect["link"]]
            assert effect["driver"] in (*link.drivers, *link.controls), effect["name"]


def test_every_planted_effect_is_estimated_here(found):
    assert sorted(found) == RECOVERED


@pytest.mark.parametrize("name", RECOVERED)
def test_planted_effect_lies_within_three_standard_errors(found, name):
    estimate, std_error = found[name]
    assert abs(estimate - PLANTED[name]["value"]) <= 3 * std_error


@pytest.mark.parametrize("name", ["loyalty_on_spend", "satisfaction_on_growth", "handle_time_slope_after"])
def test_planted_effect_is_large_enough_to_be_seen(found, name):
    assert abs(PLANTED[name]["value"]) > 4 * found[name][1]


def test_handle_time_bends_where_planted(tables):
    rows = tables.contacts
    minutes, csat = rows["handle_minutes"].to_numpy(), rows["csat"].to_numpy(float)
    cells = pd.get_dummies(rows[["channel", "topic"]], drop_first=True, dtype=float).to_numpy()

    def fit(bend, *more):
        columns = [np.ones(len(rows)), minutes, np.maximum(minutes - bend, 0), *more]
        return sm.OLS(csat, np.column_stack([*columns, cells])).fit()

    grid = np.arange(8, 18, 0.25)
    best = grid[np.argmin([fit(bend).ssr for bend in grid])]
    # Standard error of a break point: Muggeo (2003), from the column -slope difference x 1(x > bend).
    change = fit(best).params[2]
    std_error = fit(best, -change * (minutes > best)).bse[3]
    assert abs(best - PLANTED["handle_time_break"]["value"]) <= 3 * std_error
    assert std_error < 1


def test_leaving_out_the_segment_turns_the_sign_of_account_calls(tables):
    naive = slopes(tables.customer_quarters, "spend", ["account_calls"], cluster="customer_id")[
        "account_calls"
    ]
    assert naive[0] > 10 * naive[1]


def test_a_comparison_of_levels_understates_training(tables):
    rows = tables.employee_quarters
    naive = slopes(rows, "csat", ["is_trained"], cluster="employee_id")["is_trained"]
    assert naive[0] < PLANTED["training_on_satisfaction"]["value"] - 2 * naive[1]


def test_exit_score_was_written_down_after_the_customer_had_left(company):
    gone = company.customers[company.customers["left_on"].notna()]
    assert (gone["care_scored_on"] > gone["left_on"]).all()
    stays = company.customers[company.customers["left_on"].isna()]
    assert gone["exit_score"].mean() + 4 < stays["exit_score"].mean()
    assert (stays["care_scored_on"] >= pd.Timestamp("2026-12-01")).all()


@pytest.mark.parametrize("metric", ["csat", "nps"])
def test_who_answers_is_happier_than_who_is_asked(company, metric):
    told, asked = TRUTH["non_response"][metric], company.population
    assert told["mean_of_answers"] == pytest.approx(company.feedback[metric].mean(), abs=5e-5)
    silent = asked.loc[~asked["responds"], metric].dropna()
    all_invited = pd.concat([silent, company.feedback[metric].dropna()])
    assert told["mean_of_all_invited"] == pytest.approx(all_invited.mean(), abs=5e-5)
    assert told["answered"] / told["invited"] == pytest.approx(0.42, abs=0.02)
    std_error = company.feedback[metric].std() / np.sqrt(told["answered"])
    assert told["mean_of_answers"] - told["mean_of_all_invited"] > 3 * std_error


def test_dirt_is_counted_as_it_lies_in_the_files():
    answers, contacts, bought = answers_as_written(), read("contacts.csv.gz"), read("purchases.csv.gz")
    known = set(read("identities.csv.gz")["alias_id"])
    amounts = pd.to_numeric(bought["amount"], errors="coerce")
    counted = {
        "transaction_amount_unreadable": (amounts.isna() & (bought["amount"] != "N/A")).sum(),
        "transaction_amount_missing_word": (bought["amount"] == "N/A").sum(),
        "feedback_nps_out_of_scale": (answers["nps"] == "11").sum(),
        "feedback_rating_missing_word": (answers["rating_shop"] == "N/A").sum(),
        "feedback_customer_id_with_spaces": (answers["cust_no"] != answers["cust_no"].str.strip()).sum(),
        "interactions_of_unknown_customers": (~contacts["cust"].isin(known)).sum(),
        "comments_with_script": (answers["comment"] == "<script>alert(1)</script>").sum(),
        "comments_with_personal_data": sum(answers["comment"].str.endswith(said).sum() for said in PERSONAL),
    }
    assert counted == TRUTH["dirt"] == DIRT
    assert (bought["customer_id"].str.len() < 6).any()
    assert read("customers.csv")["customer_id"].str.fullmatch(r"\d{6}").all()


def test_keys_are_unique_and_lead_somewhere(company):
    for table, key in (
        (company.customers, "customer_id"),
        (company.feedback, "response_id"),
        (company.interactions, "interaction_id"),
        (company.transactions, "transaction_id"),
        (company.employee_feedback, "response_id"),
        (company.invitations, "invitation_id"),
        (company.identities, "alias_id"),
    ):
        assert table[key].is_unique and table[key].notna().all()
    assert set(company.interactions["customer_id"]) <= set(company.identities["alias_id"])
    assert set(company.feedback["interaction_id"].dropna()) <= set(company.interactions["interaction_id"])
    assert set(company.invitations["response_id"].dropna()) == set(company.feedback["response_id"])
    twice = company.identities["customer_id"].value_counts()
    assert set(twice) == {1, 2}


def test_nothing_happens_before_its_time(company):
    contacts = company.feedback.dropna(subset="interaction_id").merge(
        company.interactions, on="interaction_id"
    )
    assert (contacts["answered_at"] > contacts["ended_at"]).all()
    assert (company.interactions["ended_at"] >= company.interactions["started_at"]).all()
    people = company.customers.set_index("customer_id")
    for table, time in ((company.transactions, "purchased_at"), (company.feedback, "answered_at")):
        left, joined = (table["customer_id"].map(people[day]) for day in ("left_on", "joined_on"))
        assert (left.isna() | (table[time] <= left)).all()
        assert (table[time] >= joined).all()
        assert table[time].between("2024-01-01", "2026-12-31 23:59").all()
    hired = company.interactions["employee_id"].map(company.employees.set_index("employee_id")["hired_on"])
    assert (company.interactions["started_at"] >= hired).all()


def test_comments_go_with_what_happened(company):
    said = company.comment_themes.merge(company.feedback, on="response_id")
    assert len(said) / len(company.feedback) == pytest.approx(0.25, abs=0.02)
    assert set(said["language"]) == {"en", "de", "es", "pt"}
    for score in ("csat", "nps"):
        mean = said.groupby("mood")[score].mean()
        assert mean["negative"] + 1 < mean["positive"]
    late = said[said["reason"] == "late"].merge(company.interactions, on="interaction_id")
    assert len(late) > 20 and (late["days_late"] > 1).all()
    contact = said.dropna(subset="interaction_id").merge(company.interactions, on="interaction_id")
    assert (contact["topic_x"] == contact["topic_y"]).all()


def test_answers_stay_inside_their_scales(company):
    for column, low, high in (("csat", 1, 5), ("effort", 1, 7), ("nps", 0, 10), ("rating_shop", 1, 5)):
        values = company.feedback[column].dropna()
        assert values.between(low, high).all() and (values == values.round()).all()
    # A latent score outside the scale would flatten the planted slopes.
    latent = company.population["latent"].dropna()
    assert ((latent < 1) | (latent > 5)).mean() < 0.005
    assert_allclose(latent.clip(1, 5).mean(), company.population["csat"].mean(), atol=0.01)


def test_loyalty_items_have_three_factors(company):
    items = [
        f"{part}_{i}" for part, count in TRUTH["measurement"]["items"].items() for i in range(1, count + 1)
    ]
    between = company.feedback[items].corr()
    part = pd.Series(items, index=items).str[:3].to_numpy()
    same = (part[:, None] == part[None, :]) & ~np.eye(len(items), dtype=bool)
    # Two items of one factor correlate by the loading squared, 0.72; of two factors by 0.72 x 0.56 = 0.41.
    assert between.to_numpy()[same].mean() == pytest.approx(0.70, abs=0.04)
    assert between.to_numpy()[part[:, None] != part[None, :]].mean() == pytest.approx(0.40, abs=0.04)
