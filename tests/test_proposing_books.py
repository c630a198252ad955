"""What book-keeping, shop and branch exports do to numbers, keys and grains is seen and said."""

import json
from datetime import datetime, timedelta

import numpy as np
import pytest
from hostile_companies import german_number, write_text
from service_companies import write_book

from linkage.opening import open_study
from linkage.proposing import propose_study, write_study
from linkage.proposing.meaning import key_of
from linkage.proposing.names import scale_in
from linkage.proposing.numbers import bare, number_signs
from linkage.study import load_study


@pytest.fixture
def made(tmp_path, monkeypatch):
    """made(files) writes the proposed study of tables by file name; the proposal, the folder and what was said."""
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))

    def make(files):
        for name, rows in files.items():
            if name.endswith(".xlsx"):
                write_book(tmp_path / "files" / name, {name.removesuffix(".xlsx"): rows})
            else:
                write_text(tmp_path / "files" / name, rows, delimiter=";" if name.startswith("de_") else ",")
        proposal, said = propose_study(tmp_path / "files"), []
        return proposal, write_study("acme", proposal, tmp_path / "out", say=said.append), said

    (tmp_path / "files").mkdir()
    return make


def one(folder, sql):
    return open_study(folder).connection.execute(sql).fetchone()


def source(proposal, name):
    return next(s for s in proposal.sources if s.name == name)


def test_a_minus_behind_a_number_and_brackets_for_one_are_read():
    given = ["(1,234.50)", "12.50-", "($3.10)", "-4", "7", "a-", "2024-01-05"]
    assert bare(given) == ["-1,234.50", "-12.50", "-3.10", "-4", "7", "a-", "2024-01-05"]
    assert number_signs([["(1,234.50)", "12.50-"]], continental=False).thousands == ","


@pytest.mark.parametrize("written", ["{}-", "({})", "(€ {})"])
def test_credit_notes_lower_what_was_paid(made, written):
    # By hand: 100 invoices of 1.250,50 and 10 credit notes of 250,25 make 125.050 - 2.502,50 = 122.547,50.
    rows = [["Belegnr", "Kundennr", "Belegdatum", "Betrag"]]
    for k in range(110):
        amount = written.format(german_number(250.25)) if k % 11 == 0 else german_number(1250.5)
        rows.append([f"R{k}", f"K{k % 30}", f"{k % 28 + 1:02d}.0{k % 9 + 1}.2024", amount])
    _, folder, said = made({"de_rechnungen.csv": rows})
    assert one(folder, "select round(sum(betrag), 2), count(betrag) from stg_transactions") == (122547.5, 110)
    assert not any("rejected, such as" in text for text in said)


def test_counts_of_what_happened_are_no_keys_of_it(made):
    rng = np.random.default_rng(5)
    rows = [["Branch", "Month", "Visits", "Orders", "CSAT (1-5)", "Net sales"]]
    for month in range(1, 13):
        for branch in range(8):
            score = round(3.5 + float(rng.normal(0, 0.3)), 2)
            counts = rng.choice(np.arange(800, 5000), 2, replace=False)
            rows.append([f"B{branch}", f"2024-{month:02d}", *counts, score, f"{20000 * score:.2f}"])
    proposal, _, _ = made({"branch_kpis.csv": rows})
    (panel,) = proposal.sources
    assert (panel.role, sorted(panel.mapped)) == ("unit_periods", ["period", "unit_id"])
    assert {"visits", "csat", "net_sales"} <= {m.name for m in panel.metrics}


def shop_orders(rng):
    orders = [["Order ID", "Email", "Order Date", "Total", "Delivered on", "Promised by"]]
    answers = [["Email Address", "Timestamp", "How satisfied are you with our service?"]]
    for n in range(400):
        who, bought = (
            f"user{rng.integers(0, 90)}@shop.example",
            datetime(2024, 2, 1) + timedelta(days=n % 300),
        )
        late = max(0, int(rng.normal(1, 3)))
        came, due = bought + timedelta(days=5 + late), bought + timedelta(days=5)
        total = f"{rng.gamma(3, 20):.2f}"
        written = who.upper() if n % 9 == 0 else who
        orders.append(
            [f"#{1000 + n}", written, f"{bought:%Y-%m-%d}", total, f"{came:%Y-%m-%d}", f"{due:%Y-%m-%d}"]
        )
        score = int(np.clip(round(4.7 - 0.4 * late + rng.normal(0, 0.6)), 1, 5))
        answers.append([who, f"{came + timedelta(days=1):%m/%d/%Y %H:%M:%S}", score])
    return {"orders_export.csv": orders, "Form responses 1.csv": answers}


def test_orders_with_their_delivery_are_served_as_well_as_paid(made):
    proposal, folder, _ = made(shop_orders(np.random.default_rng(6)))
    assert {m.name for m in source(proposal, "interactions").metrics} == {"delivery_days", "days_late"}
    corr = one(folder, "select corr(days_late, satisfaction) from link_interaction")[0]
    assert corr < -0.4  # planted: each day late lowers the mark by 0.4


def test_invoices_for_a_time_are_no_deliveries(made):
    rows = [["invoice_id", "customer_id", "issued_on", "period_start", "period_end", "amount"]]
    rows += [
        [
            k,
            f"C{k % 30}",
            f"2024-0{k % 9 + 1}-02",
            f"2024-0{k % 9 + 1}-01",
            f"2024-0{k % 9 + 1}-28",
            10 + k / 7,
        ]
        for k in range(1, 120)
    ]
    assert [s.role for s in made({"invoices.csv": rows})[0].sources] == ["transactions"]


def test_an_address_is_one_customer_however_it_is_written(made):
    files = shop_orders(np.random.default_rng(6))
    _, folder, _ = made(files)
    people = len({row[1].lower() for row in files["orders_export.csv"][1:]})
    assert one(folder, "select count(distinct customer_id) from stg_transactions") == (people,)
    strangers = "select count(*) from stg_feedback anti join stg_transactions using (customer_id)"
    assert one(folder, strangers) == (0,)


def test_zeros_that_one_file_lost_are_put_back_without_a_register(made):
    keys = [f"{k * 7919 % 100000:06d}" for k in range(1, 121)]
    rows = [["Belegnr", "Debitor", "Belegdatum", "Betrag"]]
    rows += [
        [f"R{k}", keys[k % 120], f"{k % 28 + 1:02d}.0{k % 9 + 1}.2024", german_number(50 + k)]
        for k in range(300)
    ]
    tickets = [
        ["Vorgang", "Debitor", "Eröffnet", "Abgeschlossen", "Bearbeitungszeit\n(Std.)", "Schulnote Service"]
    ]
    for k in range(300):
        opened = datetime(2024, 1, 2) + timedelta(days=k, hours=8)
        closed = opened + timedelta(hours=1 + k % 9)
        times = [f"{t:%d.%m.%Y %H:%M:%S}" for t in (opened, closed)]
        tickets.append([k + 1, int(keys[k * 7 % 120]), *times, f"{1 + k % 9},5", 1 + k % 6])
    tickets += [[], ["Anzahl Vorgänge: 300"]]
    proposal, folder, said = made(
        {"de_rechnungen.csv": rows, "Vorgaenge.xlsx": [["Liste 2024"], [], *tickets]}
    )
    assert source(proposal, "interactions").pad == {"customer_id": 6}
    strangers = "select count(*) from stg_interactions anti join stg_transactions using (customer_id)"
    assert one(folder, strangers) == (0,)
    # A header of two lines makes the ends of lines two kinds, unless the sheet is written out with one.
    assert not any("commented out" in text for text in said)
    assert load_study(folder).metrics["schulnote_service"].better == "lower"


def test_what_a_select_cannot_read_is_told_without_the_engine_s_advice(make_study):
    from linkage.errors import SourceError

    files = {
        "x.csv": 'a,"b\n",c\r\n1,2,3\n4,5,"6\r\n',
        "f.sql": "select * from read_csv('x.csv', delim = ',')",
    }
    text = "study: X\nsources: {feedback: {sql: f.sql}}\nmetrics: {nps: {of: feedback, scale: [0, 10], label: L}}\n"
    with pytest.raises(SourceError) as refused:
        open_study(make_study(text, files))
    assert "Possible fixes" not in str(refused.value) and "search space" not in str(refused.value)


def test_lines_of_json_with_amounts_in_brackets_agree_with_the_same_as_text(made, tmp_path):
    rows = [
        {
            "order_id": f"o{k}",
            "customer_id": f"c{k % 20}",
            "order_date": f"2024-0{k % 9 + 1}-11",
            "amount": f"({k}.50)",
        }
        for k in range(100, 160)
    ]
    (tmp_path / "files" / "orders.jsonl").write_text("\n".join(map(json.dumps, rows)))
    _, folder, _ = made({})
    assert one(folder, "select sum(amount) from stg_transactions") == (
        -sum(k + 0.5 for k in range(100, 160)),
    )


def clinic(rng):
    visits = [["AppointmentID", "PatientID", "Clinic", "CheckInTime", "RoomedTime", "NoShow"]]
    asked = "Would you recommend this clinic? (1=Definitely no, 4=Definitely yes)"
    survey = [["SurveyID", "AppointmentID", "CompletedDate", asked]]
    charges = [["ChargeID", "PatientID", "ServiceDate", "Charge"]]
    for n in range(300):
        who, at = f"P{n % 70:05d}", datetime(2024, 1, 2, 8) + timedelta(days=n, minutes=n % 400)
        wait = float(rng.gamma(2, 12))
        times = [f"{t:%m/%d/%Y %I:%M %p}" for t in (at, at + timedelta(minutes=wait))]
        visits.append([70000 + n, who, f"Clinic {n % 6}", *times, "N"])
        score = int(np.clip(round(4 - wait / 20 + rng.normal(0, 0.5)), 1, 4))
        survey.append([n + 1, 70000 + n, f"{at + timedelta(days=2):%m/%d/%Y}", score])
        charges.append([f"C{n}", who, f"{at:%m/%d/%Y}", f"${150 + n % 9}.00"])
    return {"appointments.csv": visits, "survey_results.csv": survey, "charges.csv": charges}


def test_a_recommendation_from_one_to_four_is_no_net_promoter_score(made):
    proposal, _, _ = made(clinic(np.random.default_rng(8)))
    (metric,) = [m for m in source(proposal, "feedback").metrics if m.measure == "nps"]
    assert (metric.name, metric.scale.low, metric.scale.high) == ("recommendation", 1, 4)
    assert metric.label == "Likelihood to recommend"


def test_the_wait_until_somebody_is_called_is_counted_in_minutes(made):
    proposal, folder, _ = made(clinic(np.random.default_rng(8)))
    assert [m.name for m in source(proposal, "interactions").metrics if m.span] == ["waiting_minutes"]
    corr, mean = one(
        folder, "select corr(waiting_minutes, recommendation), avg(waiting_minutes) from link_interaction"
    )
    assert (
        corr < -0.4 and 15 < mean < 33
    )  # planted: falls with the wait, of which gamma(2, 12) makes 24 minutes


def test_what_customers_paid_is_bought_whatever_its_file_and_number_are_called(made):
    charges = source(made(clinic(np.random.default_rng(8)))[0], "transactions")
    assert {o: m.theirs for o, m in charges.mapped.items()} == {
        "transaction_id": "ChargeID",
        "customer_id": "PatientID",
        "purchased_at": "ServiceDate",
    }


def test_contacts_that_meet_answers_and_measure_nothing_are_named_as_what_lacks(made):
    files = clinic(np.random.default_rng(8))
    files["appointments.csv"] = [[row[k] for k in (0, 1, 2, 3, 5)] for row in files["appointments.csv"]]
    proposal, _, _ = made({name: files[name] for name in ("appointments.csv", "survey_results.csv")})
    (doubt,) = [d for d in proposal.doubts if "no link is proposed" in d]
    assert "nothing in them says how long a contact took" in doubt and "share no customer" not in doubt


def test_a_field_within_an_object_names_what_its_last_word_says():
    assert key_of("hidden.member") == ("customer", 1)
    assert key_of("agent.id") == ("employee", 3)
    assert key_of("meta.id") == ("", 1)  # of what, is not said
    assert key_of("answers.nps") is None


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("Ease (1 = hard, 7 = easy)", (1, 7)),
        ("Rate us: 0=bad; 10=good", (0, 10)),
        ("Opened 10:30, 11:45", None),
    ],
)
def test_the_ends_of_a_scale_are_read_from_what_they_mean(header, scale):
    assert scale_in(header) == scale


def test_rows_that_are_rejected_are_not_called_values(made):
    rows = [["ticket_id", "customer_id", "created_at", "wait_minutes"]]
    rows += [
        [k, f"C{k % 30}", "" if k % 10 == 0 else f"2024-0{k % 9 + 1}-15 10:00", k % 13] for k in range(1, 300)
    ]
    _, _, said = made({"tickets.csv": rows})
    assert "interactions, started_at: 29 rows are rejected: missing" in said
