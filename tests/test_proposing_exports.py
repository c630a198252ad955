"""Exports of the usual tools become studies that build and answer, with nothing edited by hand."""

import exported_companies as companies
import pytest
import yaml
from hostile_companies import write_text
from proposed import openings, proposals

from linkage.proposing import propose_study, write_study
from linkage.study import load_study


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return proposals(tmp_path_factory)


@pytest.fixture(scope="module")
def opened(made, tmp_path_factory):
    return openings(made, tmp_path_factory)


ALL = (
    companies.software_firm,
    companies.subscription_list,
    companies.gift_shop,
    companies.accounts_and_people,
    companies.marketplace,
    companies.moving_staff,
)
ROWS_REJECTED = {companies.moving_staff: 1}
"""The line of totals; no other row and no value is lost."""


@pytest.mark.parametrize("company", ALL, ids=lambda c: c.__name__)
def test_an_export_is_read_whole(made, opened, company):
    study, said = opened(company), made(company)[2]
    tallies = study.sources
    assert tallies["rows_rejected"].sum() == ROWS_REJECTED.get(company, 0)
    assert tallies["values_rejected"].sum() == 0
    assert not any("commented out" in text or "does not build" in text for text in said)
    assert bool(study.study.links) == (company is not companies.gift_shop)


def one(study, sql):
    return study.connection.execute(sql).fetchone()


# The signs are planted (exported_companies); they must come out of the untouched study.
@pytest.mark.parametrize(
    ("company", "table", "left", "right", "sign"),
    [
        (companies.software_firm, "link_interaction", "first_reply_time_in_minutes", "satisfaction", -1),
        (companies.subscription_list, "link_customer_period", "satisfaction_score", "is_lost", -1),
        (companies.accounts_and_people, "link_interaction", "resolution_hours", "satisfaccion_general", -1),
        (companies.accounts_and_people, "link_survey", "satisfaccion_general", "importe_after", 1),
        (companies.marketplace, "link_interaction", "days_late", "review_score", -1),
    ],
)
def test_what_was_planted_is_in_the_linkage_tables(opened, company, table, left, right, sign):
    both = f"corr({left}, {right}::double), count(*) filter ({left} + {right}::double >= 0)"
    corr, rows = one(opened(company), f"select {both} from {table}")
    assert rows > 80
    assert sign * corr > 0.2


def test_systems_that_share_addresses_only_meet_by_them(opened, made):
    study = opened(companies.software_firm)
    assert load_study(made(companies.software_firm)[1]).declared.identity.match == ("email",)
    strangers = "select count(*) from link_customer_period anti join stg_customers using (customer_id)"
    assert one(study, strangers) == (0,)
    assert one(study, "select count(*) from link_interaction where satisfaction is not null")[0] > 200


def test_answers_in_words_and_a_header_of_two_lines_are_declared(made, opened):
    study = load_study(made(companies.software_firm)[1])
    feedback, words = study.sources["feedback"], study.metrics["satisfaction"].words
    assert feedback.header_rows == 2
    assert words["Very dissatisfied"] == 1 and words["Very satisfied"] == 5
    assert study.metrics["nps"].words == {"0 - Not at all likely": 0, "10 - Extremely likely": 10}
    assert one(opened(companies.software_firm), "select min(nps), max(nps) from stg_feedback") == (0, 10)
    assert study.declared.currency == "USD"


def test_contacts_that_are_still_open_are_kept(opened):
    unended = "select count(*) filter (ended_at is null), count(*) from stg_interactions"
    assert one(opened(companies.software_firm), unended) == (40, 600)


def test_what_is_no_source_is_said_and_a_copy_is_looked_at_once(made):
    left_out = {out.shown: out.reason for out in made(companies.software_firm)[0].left_out}
    assert set(left_out) == {"README.txt", "notes.pdf", "invoices (1).csv"}
    assert "the same as invoices.csv" in left_out["invoices (1).csv"]


def test_a_list_without_dates_is_a_day_that_the_study_names(made, opened):
    proposal, folder, _ = made(companies.subscription_list)
    study = load_study(folder)
    doubts = " ".join(proposal.sources[0].doubts)
    assert "does not say which" in doubts and "one day shows who differs" in doubts
    assert set(study.sources) == {"customers", "feedback", "transactions"}
    days = (
        "select count(distinct answered_at), count(distinct purchased_at) from stg_feedback, stg_transactions"
    )
    assert one(opened(companies.subscription_list), days) == (1, 1)
    # Tenure in months, counted back from that day, comes out of the linkage table again.
    tenure = "select min(tenure_months), max(tenure_months) from link_survey"
    low, high = one(opened(companies.subscription_list), tenure)
    assert (round(low), round(high)) == (0, 72)
    lost, total = one(
        opened(companies.subscription_list), "select sum(is_lost::int), count(*) from link_customer_period"
    )
    assert 0 < lost < total == 400


def test_lines_of_an_invoice_become_one_purchase_of_quantity_times_price(made, opened):
    import csv

    folder = made(companies.gift_shop)[0].folder
    with (folder / "Online Retail.csv").open(encoding="latin-1", newline="") as stream:
        lines = list(csv.DictReader(stream))
    totals = {}
    for line in lines:
        totals[line["InvoiceNo"]] = totals.get(line["InvoiceNo"], 0) + int(line["Quantity"]) * float(
            line["UnitPrice"]
        )
    rows = (
        opened(companies.gift_shop)
        .connection.sql("select transaction_id, amount from stg_transactions")
        .fetchall()
    )
    assert dict(rows) == pytest.approx(totals, abs=1e-4)
    assert min(totals.values()) < 0  # cancellations count against
    proposal = made(companies.gift_shop)[0]
    assert any("come to less than nothing" in d for d in proposal.sources[0].doubts)
    assert any("What is needed are answers of customers" in d for d in proposal.doubts)
    assert one(opened(companies.gift_shop), "select count(distinct region) from stg_customers") == (2,)


def test_one_item_a_row_is_declared_as_it_is(made, opened):
    study = load_study(made(companies.accounts_and_people)[1])
    form = study.sources["feedback"].long
    assert (form.item, form.value) == ("pregunta", "respuesta")
    assert form.items["nps"] == ("¿Qué probabilidad hay de que nos recomiende?",)
    assert study.sources["feedback"].split == {"motivos": "|"}
    assert study.metrics["motivos_precio"].choice == {"motivos": ("Precio",)}
    shares = "select avg(motivos_precio), max(satisfaccion_general) from stg_feedback"
    price, best = one(opened(companies.accounts_and_people), shares)
    assert 0.4 < price < 0.7 and best == 5


def test_people_are_aliases_of_the_accounts_that_pay(opened):
    study = opened(companies.accounts_and_people)
    assert one(study, "select count(*), count(distinct customer_id) from stg_identities") == (249, 110)
    ledger = study.joins("link_survey").set_index("join")
    assert (ledger["matched"] == ledger["rows"]).loc["event_answer.customer_id -> stg_customers.customer_id"]


def test_items_borrow_time_and_customer_from_their_orders(made, opened):
    proposal, folder, _ = made(companies.marketplace)
    study = load_study(folder)
    text = (study.folder / "sources" / "transactions.sql").read_text(encoding="utf-8")
    assert "left join shop_orders_dataset" in text
    twice = next(s for s in proposal.sources if s.name == "shop_order_payments_dataset")
    assert "would count twice" in twice.off
    assert study.sources["identities"].columns == {
        "alias_id": ("customer_id",),
        "customer_id": ("customer_unique_id",),
    }
    nameless = "select count(*) filter (customer_id is null or purchased_at is null) from stg_transactions"
    assert one(opened(companies.marketplace), nameless) == (0,)
    undelivered = "select count(*) from stg_interactions where ended_at is null and days_late is not null"
    assert one(opened(companies.marketplace), undelivered) == (0,)


def test_staff_who_move_and_totals_below_a_table(made, opened):
    study = load_study(made(companies.moving_staff)[1])
    assert study.sources["employee_units"].columns["valid_from"] == ("Valid from",)
    panel = study.source_of("unit_periods")
    assert panel.missing == ("Total",)
    assert '"Month" as period' in (study.folder / panel.sql).read_text(encoding="utf-8")  # read as it stands
    ends = one(opened(companies.moving_staff), f"select min(period), max(period) from stg_{panel.name}")
    assert ends == ("2023M01", "2024M06")
    assert study.metrics["i_am_proud_to_work_here"].words["Strongly agree"] == 5


def test_one_file_is_enough(tmp_path, made):
    folder = made(companies.gift_shop)[0].folder
    proposal = propose_study(folder / "Online Retail.csv")
    assert {s.role for s in proposal.sources} == {"customers", "transactions"}
    written = write_study("shop", proposal, tmp_path)
    assert yaml.safe_load((written / "study.yml").read_text(encoding="utf-8"))["study"] == "Shop"


def test_amounts_in_several_currencies_wait_for_rates(tmp_path):
    rows = [["invoice no", "client no", "invoice date", "amount", "currency"]]
    rows += [
        [f"i{k}", f"K{k % 40}", f"2024-0{k % 9 + 1}-14", 10 + k, "USD" if k % 5 == 0 else "EUR"]
        for k in range(200)
    ]
    write_text(tmp_path / "invoices.csv", rows)
    proposal, said = propose_study(tmp_path), []
    assert proposal.currency == "EUR"
    assert any("40 in USD" in d and "rates" in d for d in proposal.doubts)
    study = load_study(write_study("money", proposal, tmp_path / "out", say=said.append))
    assert study.sources["transactions"].currency == "currency"
    assert "40 single values could not be read" in said[-1]
