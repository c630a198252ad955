"""Exports of service companies become studies in which what was planted is found, and nothing where nothing was."""

import pytest
import service_companies as companies
from hostile_companies import write_text
from proposed import openings, proposals

from linkage.proposing import propose_study
from linkage.proposing.columns import _one_mark
from linkage.proposing.meaning import key_of, measure_of
from linkage.study import load_study


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return proposals(tmp_path_factory)


@pytest.fixture(scope="module")
def opened(made, tmp_path_factory):
    return openings(made, tmp_path_factory)


ALL = (
    companies.hotel_group,
    companies.phone_company,
    companies.insurer,
    companies.software_house,
    companies.retail_bank,
)
ROWS_REJECTED = {companies.hotel_group: 1, companies.insurer: 1}
"""Lines of totals; no other row and no value is lost."""


def source(proposal, name):
    return next(s for s in proposal.sources if s.name == name)


def one(study, sql):
    return study.connection.execute(sql).fetchone()


@pytest.mark.parametrize("company", ALL, ids=lambda c: c.__name__)
def test_an_export_of_a_service_company_is_read_whole(made, opened, company):
    study, said = opened(company), made(company)[2]
    assert {"feedback", "interactions", "transactions"} <= set(study.sources["source"])
    assert study.sources["rows_rejected"].sum() == ROWS_REJECTED.get(company, 0)
    assert study.sources["values_rejected"].sum() == 0
    assert not any("commented out" in text or "does not build" in text for text in said)


# Planted (service_companies): waits lower marks, and marks raise what is paid later.
@pytest.mark.parametrize(
    ("company", "table", "left", "right", "sign"),
    [
        (companies.hotel_group, "link_interaction", "wartezeit_check_in", "gesamtnote", -1),
        (companies.hotel_group, "link_survey", "gesamtnote", "gesamtbetrag_after", 1),
        (companies.phone_company, "link_interaction", "first_response_hours", "nps", -1),
        (companies.phone_company, "link_survey", "nps", "total_due_after", 1),
        (companies.insurer, "link_interaction", "delai_de_traitement", "satisfaction_globale", -1),
        (companies.insurer, "link_survey", "satisfaction_globale", "prime_ttc_after", 1),
        (companies.software_house, "link_interaction", "first_reply_minutes", "csat", -1),
        (companies.software_house, "link_survey", "csat", "mrr_subscription_invoices_after", 1),
        (companies.retail_bank, "link_interaction", "attesa", "soddisfazione", -1),
        (companies.retail_bank, "link_survey", "soddisfazione", "commissioni_after", 1),
    ],
)
def test_what_was_planted_is_in_the_linkage_tables(opened, company, table, left, right, sign):
    corr, rows = one(
        opened(company), f"select corr({left}, {right}), count(*) filter ({left} + {right} >= 0) from {table}"
    )
    assert rows > 150
    assert sign * corr > 0.15


# Planted to mean nothing: five chances out of a hundred at most, so |r| stays below 2.6 / sqrt(n).
@pytest.mark.parametrize(
    ("company", "driver", "outcome"),
    [
        (companies.phone_company, "transfers", "nps"),
        (companies.insurer, "montant_indemnise", "satisfaction_globale"),
        (companies.software_house, "reopens", "csat"),
    ],
)
def test_where_nothing_was_planted_nothing_is_found(opened, company, driver, outcome):
    corr, rows = one(
        opened(company),
        f"select corr({driver}, {outcome}), count(*) filter ({driver} + {outcome} >= 0) from link_interaction",
    )
    assert rows > 300
    assert abs(corr) < 2.6 / rows**0.5


def test_a_date_called_after_the_answer_says_when_it_was_given(made):
    feedback = source(made(companies.software_house)[0], "feedback")
    assert feedback.mapped["answered_at"].theirs == "csat_date"
    assert not any("answered_at" in doubt for doubt in feedback.doubts)


def test_addresses_are_no_identity_where_the_customers_numbers_meet(made):
    assert made(companies.software_house)[0].identity == ""
    assert load_study(made(companies.software_house)[1]).declared.identity is None


def test_a_claim_that_names_the_policy_only_belongs_to_its_owner(made, opened):
    proposal = made(companies.insurer)[0]
    assert source(proposal, "customers").mapped["customer_id"].theirs == "N° client"
    known = "select count(*) from stg_interactions semi join stg_customers using (customer_id)"
    assert one(opened(companies.insurer), known) == (600,)


def test_bills_of_which_only_the_month_is_told_are_paid_on_its_last_day(made, opened):
    transactions = source(made(companies.phone_company)[0], "transactions")
    assert any("only the period is known ('Bill Month')" in doubt for doubt in transactions.doubts)
    first = "select min(purchased_at)::date::varchar, max(total_due) > 1000 from stg_transactions"
    assert one(opened(companies.phone_company), first) == ("2024-01-31", True)
    assert made(companies.phone_company)[0].currency == "USD"


def test_visits_among_complaints_keep_their_answers_and_count_no_end(made, opened):
    proposal, study = made(companies.retail_bank)[0], opened(companies.retail_bank)
    interactions = source(proposal, "interactions")
    assert {p.facts.table.name for p in interactions.parts} == {"reclami", "visite_filiale"}
    assert "resolution_days" not in {m.name for m in interactions.metrics}
    assert any("tells no end" in note for note in interactions.notes)
    assert one(study, "select count(*) from link_interaction where soddisfazione is not null")[0] > 700
    assert not any("number the interactions differently" in doubt for doubt in proposal.doubts)


def test_minutes_and_seconds_are_minutes(opened):
    # gamma(3) with a mean scale of 4 + 3.5 / 2: 17 minutes; read as hours and minutes it would be 1,035.
    assert 14 < one(opened(companies.retail_bank), "select avg(attesa) from stg_interactions")[0] < 21


def test_a_balance_is_not_summed_over_time(made):
    transactions = source(made(companies.retail_bank)[0], "transactions")
    assert [m.theirs for m in transactions.metrics] == ["Commissioni"]
    assert any(doubt.startswith("Saldo c/c, Saldo depositi: a balance") for doubt in transactions.doubts)


def test_letters_before_a_number_are_a_code_and_no_unit():
    assert _one_mark(["S2022001", "S2022002"]) == ""  # no seconds
    assert _one_mark(["#12", "#13"]) == ""
    assert _one_mark(["$12.50", "$3"]) == "$"
    assert _one_mark(["EUR 12", "EUR 13"]) == "EUR"
    assert _one_mark(["12 min", "3 min"]) == "min"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Gast-Nr", ("customer", 3)),
        ("Bewertung-Nr", ("response", 3)),
        ("N. reclamo", ("interaction", 3)),
        ("N° quittance", ("transaction", 3)),
        ("Claim Number", ("interaction", 3)),
        ("Versicherungsnehmer-ID", ("customer", 3)),
        ("Bewertung", None),
    ],
)
def test_numbers_of_service_companies_are_known_by_name(header, said):
    assert key_of(header) == said


def test_customers_listed_with_their_contract_are_customers(tmp_path):
    rows = [["customer_id", "contract_number", "segment", "start_date", "birth_date"]]
    rows += [
        [f"C{k}", f"V{k * 37}", "AB"[k % 2], f"2020-0{k % 9 + 1}-15", f"1970-0{k % 9 + 1}-02"]
        for k in range(90)
    ]
    write_text(tmp_path / "list.csv", rows)
    assert [s.role for s in propose_study(tmp_path).sources] == ["customers"]


def test_an_answer_of_which_only_the_day_is_told_comes_after_the_contact_of_its_day(made, opened):
    feedback = source(made(companies.software_house)[0], "feedback")
    assert "csat_date tells no hour: an answer counts at the end of its day." in feedback.notes
    kept = "select count(*) from link_interaction where csat is not null"
    assert one(opened(companies.software_house), kept) == one(
        opened(companies.software_house), "select count(*) from stg_feedback"
    )
    assert not any("tells no hour" in n for n in source(made(companies.insurer)[0], "feedback").notes)


def test_a_stay_is_no_time_to_resolution_and_is_not_asked_about(made):
    proposal = made(companies.hotel_group)[0]
    metrics = {m.name: m for m in source(proposal, "interactions").metrics}
    assert metrics["stay_days"].label == "Length of stay"
    assert not any("stay_days" in link.drivers for link in proposal.links)


def test_a_length_of_stay_is_no_answer_and_staying_is():
    assert measure_of("Length of stay") is None
    assert measure_of("Would stay").name == "loyalty"


def test_an_amount_whose_name_says_only_its_currency_is_money(made):
    money = {m.theirs: m.unit for m in source(made(companies.hotel_group)[0], "transactions").metrics}
    assert money == {"Zimmer (€)": "EUR", "Minibar (€)": "EUR", "Gesamtbetrag (€)": "EUR"}


def test_a_total_without_a_key_is_named(made):
    transactions = source(made(companies.hotel_group)[0], "transactions")
    said = "'Summe' adds up the other lines of Rechnungen.csv: no key, so its line is rejected."
    assert said in transactions.notes
    assert not any("are rejected" in doubt for doubt in transactions.doubts)


def test_a_single_number_with_a_thousands_sign_is_read(made, opened):
    # Of the premiums' total alone, 600.000,00, one sees that points part thousands.
    spec = load_study(made(companies.insurer)[1]).sources["transactions"]
    assert (spec.decimal, spec.thousands) == (",", ".")


def test_the_study_says_which_word_of_a_flag_is_one(made):
    text = (made(companies.phone_company)[1] / "study.yml").read_text(encoding="utf-8")
    assert "# 1 is 'Y' (30 times), 0 is 'N' (122 times)" in text


def test_a_table_that_is_no_source_says_what_it_tells_and_what_it_lacks(made):
    (left,) = [o for o in made(companies.software_house)[0].left_out if o.shown == "usage_daily.csv"]
    assert "it tells customers by 'account_id' and times by 'date'" in left.reason
    assert "it lacks an amount paid, a mark given or a time taken" in left.reason
    assert "declare it yourself" in left.reason


def test_what_went_wrong_is_counted_by_its_own_word(made):
    units = {m.name: m.unit for m in source(made(companies.software_house)[0], "interactions").metrics}
    assert units["reopens"] == "reopening"


def test_units_are_taken_from_where_most_are_named(tmp_path):
    visits = [["visit_id", "customer_id", "branch", "visited_at", "wait_minutes"]]
    visits += [
        [k, f"C{k % 50}", f"Branch {k % 7}", f"2024-0{k % 9 + 1}-15 10:00", k % 13] for k in range(1, 200)
    ]
    complaints = [["complaint_id", "customer_id", "branch", "opened", "closed"]]
    complaints += [
        [f"X{k}", f"C{k % 50}", f"Branch {k % 5}", f"2024-0{k % 9 + 1}-16", f"2024-0{k % 9 + 1}-19"]
        for k in range(60)
    ]
    write_text(tmp_path / "visits.csv", visits)
    write_text(tmp_path / "complaints.csv", complaints)
    units = source(propose_study(tmp_path), "units")
    assert units.why == ("7 units are named in 'branch', and no file lists them",)
    assert units.shown == "visits.csv"


def test_a_whole_question_is_called_by_what_it_measures(made):
    proposal = made(companies.hotel_group)[0]
    asked = next(m for m in source(proposal, "feedback").metrics if m.name == "nps")
    assert asked.label == "Likelihood to recommend"
    assert asked.why.startswith("asked as 'Würden Sie uns weiterempfehlen? (0-10)'")
    assert not any("?" in link.question.removesuffix("?") for link in proposal.links)


def test_who_pays_each_quarter_is_not_gone_each_quarter(made, opened):
    # Premiums are due every 90 to 92 days: 1.5 times 92 is 138, in steps of 30 days 150. The others pay each month.
    proposal = made(companies.insurer)[0]
    assert proposal.gap_days == 150
    assert any("nine in ten buy again within 92 days" in doubt for doubt in proposal.doubts)
    assert load_study(made(companies.insurer)[1]).declared.kpis.gap_days == 150
    lapsed = "select sum(lapsed_count) / sum(start_count) from kpi_lapse where gap_days = 150"
    assert one(opened(companies.insurer), lapsed)[0] < 0.05
    assert made(companies.software_house)[0].gap_days == 0
