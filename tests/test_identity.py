"""Recognising customers: given rows, and which of them are one person; what stays in doubt; what is not used."""

import duckdb
import pytest

from linkage.contract import check_study
from linkage.errors import GrainError, StudyError
from linkage.identity.values import kind_of, plain_sql
from linkage.opening import open_study
from linkage.report.ledger import published_ledger

YML = """
study: Two systems
sources:
  customers: {from: customers.csv, columns: {email: mail, phone: phone, customer_number: customer_id}}
  feedback: {from: answers.csv, columns: {email: email, customer_number: number}}
  interactions: {from: contacts.csv, columns: {phone: caller, email: email}}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  minutes: {of: interactions}
  spend: {of: transactions, column: amount}
identity:
  match: [email, phone, customer_number]
  shared_by_at_most: 5
  country_code: 49
"""

# C1 and C2 are a family with one telephone; C3 and C4 share an address; C5 is reached by a chain.
FILES = {
    "customers.csv": "customer_id,mail,phone\n"
    "0001,Ann@x.org,0170 1111111\n"
    "0002,bob@x.org,+49 170 1111111\n"
    "0003,cat@x.org,\n"
    "0004,CAT@x.org ,\n"
    "0005,eve@x.org,0049 (0)30 5555555\n"
    "0006,,\n",
    "answers.csv": "response_id,customer_id,email,number,answered_at,csat\n"
    "R1,,ann+shop@x.org,,2026-02-01,4\n"  # the address of 0001, with a tag
    "R2,W2,cat@x.org,,2026-02-02,3\n"  # an address of two customers
    "R3,W3,cat@x.org,0004,2026-02-03,3\n"  # the same, and a number that settles it
    "R4,,,6,2026-02-04,5\n"  # a number without its zeros
    "R5,,,,2026-02-05,2\n"  # a null everywhere
    "R6,,info@x.org,,2026-02-06,1\n"
    "R7,,info@x.org,,2026-02-06,1\n"
    "R8,,info@x.org,,2026-02-06,1\n"
    "R9,W9,info@x.org,,2026-02-06,1\n"
    "R13,,info@x.org,,2026-02-06,1\n"
    "R14,,info@x.org,,2026-02-06,1\n"
    "R10,,new@y.org,,2026-02-07,4\n"
    "R11,,NEW@y.org,,2026-02-08,4\n"  # somebody the register does not know, twice
    "R12,,cat@x.org,,2026-02-09,4\n",  # in doubt, and without an id
    "contacts.csv": "interaction_id,customer_id,caller,email,started_at,minutes\n"
    "I1,T1,0170-111 1111,,2026-01-10,5\n"  # the family's telephone
    "I2,T2,+49 30 5555555,other@y.org,2026-01-11,6\n"  # 0005, by telephone
    "I3,T3,,other@y.org,2026-01-12,7\n"  # 0005, through T2
    "I4,T4,0170 1111111,ann@x.org,2026-01-13,8\n"  # the family's telephone, but Ann's own address
    "I5,0005,,,2026-01-14,9\n",
    "purchases.csv": "transaction_id,customer_id,purchased_at,amount\n"
    "P1,0001,2026-01-01,10\nP2,0005,2026-01-01,30\nP3,W2,2026-01-02,20\nP4,0003,2026-03-02,40\n",
}


def customers_of(study, table, key):
    rows = study.connection.execute(f"select {key}, customer_id from {table} order by {key}").fetchall()
    return dict(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    (folder / "study.yml").write_text(YML)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def two(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        yield open_study(folder)


def test_answers_find_their_customer(two):
    assert customers_of(two, "event_answer", "response_id") == {
        "R1": "0001",
        "R2": "W2",
        "R3": "0004",
        "R4": "0006",
        "R5": None,
        "R6": None,
        "R7": None,
        "R8": None,
        "R9": "W9",
        "R13": None,
        "R14": None,
        "R10": "feedback:R10",
        "R11": "feedback:R10",
        "R12": None,
    }


def test_contacts_find_their_customer_through_others_and_never_two(two):
    # T1 could be either of a family. T4 could too, but its address, trusted more, is Ann's own.
    # T3 has only the address of T2, and T2 the telephone of 0005.
    assert customers_of(two, "event_contact", "interaction_id") == {
        "I1": "T1",
        "I2": "0005",
        "I3": "0005",
        "I4": "0001",
        "I5": "0005",
    }


def test_linkage_tables_follow_and_no_row_is_multiplied(two):
    assert len(two.table("link_survey")) == 14
    assert len(two.table("link_interaction")) == 5
    row = two.table("link_survey").set_index("response_id").loc["R1"]
    assert (row["contact_count"], row["customer_id"]) == (1, "0001")


def test_the_match_ledger_counts_each_rule(two):
    ledger = two.identity.set_index("rule")
    assert list(ledger.index) == ["email", "phone", "customer_number", "together"]
    email = ledger.loc["email"]
    # T3 to T2 (or T2 to T3), T4 and R1 to 0001, R11 to R10; cat@x.org leaves W2, W3 and R12 in doubt.
    assert (email.matched_ids, email.doubtful_ids) == (4, 3)
    assert (email.contested_values, email.contested_examples) == (1, ["cat@x.org"])
    assert (email.ignored_values, email.ignored_ids) == (1, 6)
    assert email.ignored_examples == ["info@x.org (6)"]
    phone = ledger.loc["phone"]
    assert (phone.matched_ids, phone.customers_reached) == (2, 1)
    assert (phone.doubtful_ids, phone.doubt_examples, phone.contested_values) == (1, ["T1"], 1)
    number = ledger.loc["customer_number"]
    assert (number.matched_ids, number.customers_reached, number.doubtful_ids) == (2, 2, 0)
    together = ledger.loc["together"]
    assert (together.doubtful_ids, together.merged_customers) == (3, 0)


def test_the_match_ledger_gives_the_share_of_revenue(two):
    # Of 100: e-mail reached 0001 (10), and the two of T2 who become 0005 by telephone (30).
    ledger = two.identity.set_index("rule")
    assert ledger.loc["email", "revenue_share"] == 0.4
    assert ledger.loc["phone", "revenue_share"] == 0.3
    assert ledger.loc["customer_number", "revenue_share"] == 0


def test_matching_columns_stay_out_of_linkage_tables(two):
    for table in two.tables:
        assert not {"email", "phone", "customer_number"} & set(two.relation(table).columns), table
    assert not any({"email", "phone"} & set(columns) for columns in two.study.columns.values())


def test_check_shows_examples_and_a_report_does_not(two, folder, monkeypatch):
    monkeypatch.setenv("LINKAGE_CACHE", str(folder / "cache"))
    contract = check_study(folder)
    assert "in doubt: T1" in contract.summary()
    assert "info@x.org (6)" in contract.to_json()
    published = published_ledger(two)
    assert [row["rule"] for row in published["identity"]] == ["email", "phone", "customer_number", "together"]
    assert "x.org" not in str(published) and "T1" not in str(published["identity"])


def test_a_second_run_gives_the_same(two, folder, monkeypatch):
    monkeypatch.setenv("LINKAGE_CACHE", str(folder / "again"))
    second = open_study(folder, force=True)
    assert second.identity.equals(two.identity)
    for table in two.tables:
        assert second.table(table).equals(two.table(table)), table


def test_the_order_of_rows_does_not_matter(two, folder, make_study):
    turned = {}
    for name, text in FILES.items():
        head, *rows = text.splitlines()
        turned[name] = "\n".join([head, *reversed(rows)]) + "\n"
    second = open_study(make_study(YML, turned))
    assert second.identity.equals(two.identity)
    assert second.table("link_survey").equals(two.table("link_survey"))


def test_without_rules_everything_stays_as_it_is(make_study):
    # Only the answers declare an address: two sources of one table may not have a column of the same name.
    plain = YML[: YML.index("identity:")].replace(
        ", columns: {email: mail, phone: phone, customer_number: customer_id}", ""
    )
    plain = plain.replace(", columns: {phone: caller, email: email}", "")
    study = open_study(make_study(plain, FILES))
    assert study.identity.empty
    raw = {line.split(",")[0]: line.split(",")[1] or None for line in FILES["answers.csv"].splitlines()[1:]}
    assert customers_of(study, "event_answer", "response_id") == raw
    assert study.connection.execute("select count(*) from stg_identities").fetchone() == (0,)
    # What tells who somebody is, is an attribute like any other until a study matches by it.
    assert "email" in study.relation("link_survey").columns


def test_merging_the_register_makes_one_customer_of_two(make_study):
    merging = YML.replace("  match:", "  merge_register: true\n  match:")
    study = open_study(make_study(merging, FILES))
    found = customers_of(study, "event_answer", "response_id")
    # 0001 and 0002 by telephone, 0003 and 0004 by address: nobody is in doubt, the smaller number stays.
    assert (found["R1"], found["R2"], found["R3"], found["R12"]) == ("0001", "0003", "0003", "0003")
    together = study.identity.set_index("rule").loc["together"]
    assert (together.merged_customers, together.doubtful_ids) == (2, 0)
    register = study.connection.execute("select customer_id from stg_customers order by 1").fetchall()
    assert register == [("0001",), ("0003",), ("0005",), ("0006",)]


CROSSWALK = YML.replace("sources:\n", "sources:\n  identities: {from: ids.csv}\n")


def test_a_declared_crosswalk_and_rules_work_together(make_study):
    # A7 is T1 by declaration, T1 is 0002: what is declared settles what the telephone cannot. W2 goes to
    # somebody the register does not know.
    ids = "alias_id,customer_id\nT1,0002\nA7,T1\nW2,Z2\n"
    contacts = FILES["contacts.csv"] + "I6,A7,,,2026-01-15,1\n"
    study = open_study(make_study(CROSSWALK, {**FILES, "ids.csv": ids, "contacts.csv": contacts}))
    found = customers_of(study, "event_contact", "interaction_id")
    assert (found["I1"], found["I6"]) == ("0002", "0002")
    assert customers_of(study, "event_answer", "response_id")["R2"] == "Z2"
    declared = study.identity.set_index("rule").loc["identities (declared)"]
    assert (declared.ids, declared.matched_ids) == (3, 3)
    walked = study.connection.execute("select * from stg_identities order by 1").fetchall()
    assert ("A7", "0002") in walked and ("W2", "Z2") in walked


def test_a_doubled_alias_and_a_circle_are_refused(make_study):
    with pytest.raises(GrainError, match="T1"):
        open_study(make_study(CROSSWALK, {**FILES, "ids.csv": "alias_id,customer_id\nT1,0002\nT1,0001\n"}))
    with pytest.raises(GrainError, match=r"lead in a circle, for example K1"):
        open_study(make_study(CROSSWALK, {**FILES, "ids.csv": "alias_id,customer_id\nK1,K2\nK2,K3\nK3,K1\n"}))


def test_a_long_chain_is_one_customer(make_study):
    # c00 - c01 - ... - c30: neighbours share an address or, every other, a telephone.
    rows = ["interaction_id,customer_id,caller,email,started_at,minutes"]
    for i in range(30):
        shared = f",m{i}@x.org" if i % 2 else f"0170{i:07d},"
        rows += [f"A{i:02d},c{i:02d},{shared},2026-01-01,1", f"B{i:02d},c{i + 1:02d},{shared},2026-01-02,1"]
    study = open_study(make_study(YML, {**FILES, "contacts.csv": "\n".join(rows) + "\n"}))
    assert set(customers_of(study, "event_contact", "interaction_id").values()) == {"c00"}


def test_one_rule_may_hold_a_long_chain(make_study):
    rows = ["interaction_id,customer_id,caller,email,started_at,minutes"]
    for i in range(40):
        rows += [
            f"A{i:02d},c{i:02d},,m{i}@x.org,2026-01-01,1",
            f"B{i:02d},c{39 - i:02d},,m{39 - i + 1}@x.org,2026-01-02,1",
        ]
    study = open_study(make_study(YML, {**FILES, "contacts.csv": "\n".join(rows) + "\n"}))
    assert set(customers_of(study, "event_contact", "interaction_id").values()) == {"c00"}


def test_an_answer_to_a_known_contact_keeps_that_customer(make_study):
    answers = "response_id,customer_id,interaction_id,email,number,answered_at,csat\nR1,,I5,new@y.org,,2026-02-01,4\n"
    study = open_study(make_study(YML, {**FILES, "answers.csv": answers}))
    assert customers_of(study, "event_answer", "response_id") == {"R1": "0005"}


def test_a_study_without_a_register_keeps_the_smallest_id(make_study):
    yml = YML.replace(
        "  customers: {from: customers.csv, columns: {email: mail, phone: phone, customer_number: customer_id}}\n",
        "",
    )
    yml = yml.replace("[email, phone, customer_number]", "[email]")
    study = open_study(make_study(yml, FILES))
    found = customers_of(study, "event_answer", "response_id")
    assert {found[r] for r in ("R2", "R3", "R12")} == {"W2"}
    assert found["R11"] == "feedback:R10"


def test_purchases_without_a_customer_are_matched_too(make_study):
    yml = YML.replace("{from: purchases.csv}", "{from: purchases.csv, columns: {phone: phone}}")
    bought = FILES["purchases.csv"].replace("amount\n", "amount,phone\n").replace("\nP2,0005", ",\nP2,0005")
    bought = bought.replace("30\n", "30,\n").replace("20\n", "20,\n").replace("40\n", "40,\n")
    bought += "P5,,2026-01-05,50,030 5555555\nP6,,2026-01-05,60,0170 1111111\n"
    study = open_study(make_study(yml, {**FILES, "purchases.csv": bought}))
    found = customers_of(study, "event_purchase", "transaction_id")
    assert (found["P5"], found["P6"]) == ("0005", None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("match: [email, phone, customer_number]", "match: [email, fax_number]"),
            "no source of customers has 'fax_number'",
        ),
        (("email: mail, phone: phone,", "phone: phone,"), None),
        (("columns: {phone: caller, email: email}", "columns: {email: email}"), "only customers has 'phone'"),
        (("match: [email, phone,", "match: [email, email,"), "stands there twice"),
        (("match: [email, phone,", "match: [csat, phone,"), "csat"),
        (("shared_by_at_most: 5", "shared_by_at_least: 3"), "Did you mean 'shared_by_at_most'"),
        (("country_code: 49", "country_code: de"), "country_code"),
    ],
)
def test_rules_that_lead_nowhere_are_refused(make_study, change, said):
    yml = YML.replace(*change)
    assert yml != YML
    if said is None:
        open_study(make_study(yml, FILES))
        return
    with pytest.raises(StudyError, match=said):
        open_study(make_study(yml, FILES))


def test_a_link_cannot_use_a_matching_column(make_study):
    link = "links:\n  a: {question: q, grain: survey, outcome: csat, drivers: [contact_count], controls: [email]}\n"
    with pytest.raises(StudyError, match="no 'email'"):
        open_study(make_study(YML + link, FILES))


def spelt(column, text, country="49"):
    sql = f"with rows as (select ? as {column}) select {plain_sql(column, country)} from rows"
    return duckdb.connect().execute(sql, [text]).fetchone()[0]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" Ann.Lee+News@X.org", "ann.lee@x.org"),
        ("annlee@x.org", "annlee@x.org"),
        ("+x@y.org", None),
        ("ann(at)x.org", None),
        ("a@b@c.org", None),
        ("none", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_one_spelling(text, plain):
    assert spelt("email", text) == plain


@pytest.mark.parametrize(
    ("text", "with_country", "without"),
    [
        ("0170 / 123-4567", "491701234567", "01701234567"),
        ("+49 170 1234567", "491701234567", "491701234567"),
        ("0049 (0) 170 1234567", "491701234567", "491701234567"),
        ("+49(0)170 1234567", "491701234567", "491701234567"),
        ("170 1234567", "491701234567", "1701234567"),
        ("+1 (555) 010-0000", "15550100000", "15550100000"),
        ("12", None, None),
        ("0000000", None, None),
        ("no telephone", None, None),
        (None, None, None),
    ],
)
def test_a_telephone_number_has_one_spelling(text, with_country, without):
    assert spelt("phone", text) == with_country
    assert spelt("phone", text, None) == without


@pytest.mark.parametrize(
    ("text", "plain"), [("CU-00 12/a", "cu0012a"), ("000123", "123"), ("0", None), ("--", None), (None, None)]
)
def test_a_customer_number_has_one_spelling(text, plain):
    assert spelt("customer_number", text) == plain


def test_a_columns_name_says_what_it_holds():
    assert [kind_of(c) for c in ("email", "e_mail", "work_phone", "hotel_number", "tel", "card")] == [
        "e-mail", "e-mail", "telephone", "number", "telephone", "number",
    ]  # fmt: skip
