"""The Olist adapter against plain SQL on the published files; skipped where these are absent."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.testing import assert_allclose

from linkage.errors import SourceError
from linkage.ladder import NOT_JUDGED
from linkage.opening import open_study

STUDY = Path(__file__).resolve().parent.parent / "data" / "olist"

FILES = {
    "orders": "olist_orders_dataset",
    "customers": "olist_customers_dataset",
    "items": "olist_order_items_dataset",
    "payments": "olist_order_payments_dataset",
    "reviews": "olist_order_reviews_dataset",
    "products": "olist_products_dataset",
    "translation": "product_category_name_translation",
}


def copy_of_study(place: Path) -> Path:
    """The adapter without whatever a user has put into raw/."""
    return Path(shutil.copytree(STUDY, place / "olist", ignore=shutil.ignore_patterns("raw")))


@pytest.fixture(scope="module")
def raw(reference_data):
    """The published files as tables of text, read without the study's SQL."""
    folder = reference_data("olist")
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    for table, file in FILES.items():
        connection.execute(
            f"create table {table} as from read_csv('{folder / file}.csv', all_varchar = true, header = true)"
        )
    return connection


@pytest.fixture(scope="module")
def olist(reference_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("olist")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(place / "cache"))
        patch.setenv("LINKAGE_REFERENCES", str(reference_data("olist").parent.parent))
        return open_study(copy_of_study(place))


def one(connection, query: str):
    (row,) = connection.execute(query).fetchall()
    return row[0] if len(row) == 1 else row


def test_no_data_are_committed():
    kept = {p.suffix for p in STUDY.rglob("*") if p.is_file() and "raw" not in p.relative_to(STUDY).parts}
    assert kept == {".yml", ".md", ".sql"}
    assert "/data/olist/raw/" in (STUDY.parent.parent / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_without_the_files_it_says_where_they_are_to_be_had(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LINKAGE_REFERENCES", raising=False)
    with pytest.raises(
        SourceError, match=r"olist/raw.*kaggle.com/datasets/olistbr.*CC BY-NC-SA.*data/olist/raw/"
    ):
        open_study(copy_of_study(tmp_path))


def test_nothing_is_rejected_and_every_order_has_its_row(raw, olist):
    assert olist.sources["rows_rejected"].sum() == 0 and olist.rejects.empty
    orders = one(raw, "select count(*) from orders")
    assert orders == len(olist.relation("link_interaction", columns=["interaction_id"]).df()) > 8000
    counted = "select order_status, count(*) from {} group by 1 order by 1"
    assert (
        olist.connection.execute(counted.format("link_interaction")).fetchall()
        == raw.execute(counted.format("orders")).fetchall()
    )


def test_the_number_of_an_order_leads_to_the_person(raw, olist):
    persons = raw.execute(
        "select order_id, customer_unique_id from orders join customers using (customer_id) order by 1"
    ).fetchall()
    found = olist.connection.execute(
        "select interaction_id, customer_id from event_contact order by 1"
    ).fetchall()
    assert found == persons
    ledger = olist.ledger.set_index("join")
    row = ledger.loc["stg_interactions.customer_id -> stg_identities.alias_id"]
    assert (row.matched, row.unmatched) == (len(persons), 0)
    row = ledger.loc["event_contact.customer_id -> stg_customers.customer_id"]
    assert (row.unmatched, row.matched_keys) == (
        0,
        one(raw, "select count(distinct customer_unique_id) from customers"),
    )


# Before the order came; and, for orders that never came, before it was even placed.
CAME = "case when order_status = 'delivered' then order_delivered_customer_date::timestamp end"
EARLY = f"review_answer_timestamp::timestamp < coalesce({CAME}, order_purchase_timestamp::timestamp)"


def test_the_ledger_counts_orders_with_several_answers_and_answers_before_delivery(raw, olist):
    several, most = one(
        raw,
        "select count(*) filter (answers > 1), max(answers) from "
        "(select order_id, count(*) as answers from reviews group by order_id)",
    )
    early = one(raw, f"select count(*) from reviews join orders using (order_id) where {EARLY}")
    before_it_came = one(
        raw,
        f"select count(*) from reviews join orders using (order_id) where review_answer_timestamp::timestamp < {CAME}",
    )
    assert several > 50 and early > before_it_came > 200
    ledger = olist.ledger.set_index("join")
    row = ledger.loc["event_contact.interaction_id -> event_answer.interaction_id"]
    assert (row.fan_out, row.time_violations) == (most, early)
    assert row.right_rows == one(raw, "select count(*) from reviews")
    found = one(
        olist.connection,
        "select count(*) from (select interaction_id from event_answer group by 1 having count(*) > 1)",
    )
    assert found == several
    assert olist.relation("link_interaction").columns.count("interaction_id") == 1


def test_an_order_meets_its_last_answer_given_after_it_came(raw, olist):
    expected = raw.execute(
        f"""
        select order_id, review_id || '-' || order_id, review_score::double
        from reviews join orders using (order_id)
        where not {EARLY}
        qualify row_number() over (
            partition by order_id order by review_answer_timestamp desc, review_id || '-' || order_id
        ) = 1
        order by 1
        """
    ).fetchall()
    found = olist.connection.execute(
        "select interaction_id, response_id, review_score from link_interaction "
        "where response_id is not null order by 1"
    ).fetchall()
    assert found == expected
    assert len(expected) < one(raw, "select count(*) from orders")


def test_no_price_is_counted_twice(raw, olist):
    price, freight = one(
        raw, "select sum(price::decimal(12, 2)), sum(freight_value::decimal(12, 2)) from items"
    )
    for table in ("event_purchase", "link_customer_period", "link_unit_period"):
        found = one(olist.connection, f"select sum(price), sum(freight) from {table}")
        assert_allclose(found, (float(price), float(freight)), rtol=1e-12, err_msg=table)
    assert_allclose(
        one(olist.connection, "select sum(order_price) from link_interaction"), float(price), rtol=1e-12
    )
    orders = one(raw, "select count(distinct order_id) from items")
    assert one(olist.connection, "select sum(orders_placed) from event_purchase") == orders
    without = one(raw, "select count(*) from orders where order_id not in (select order_id from items)")
    assert one(olist.connection, "select count(*) from link_interaction where item_count is null") == without


def test_weights_add_up_to_the_whole(raw, olist):
    other = one(raw, "select count(*) from orders where order_status <> 'delivered'")
    total = one(
        olist.connection,
        "select sum(weight) from (select interaction_id, any_value(weight) as weight from event_answer group by 1)",
    )
    # 96,478 delivered orders in the whole set, as its publishers count them.
    assert_allclose(total, 96478 + other, rtol=1e-12)
    by_status = olist.connection.execute(
        "select distinct order_status = 'delivered', weight from link_interaction where weight is not null order by 1"
    ).fetchall()
    delivered = one(raw, "select count(*) from orders where order_status = 'delivered'")
    assert by_status == [(False, 1.0), (True, pytest.approx(96478 / delivered))]


def test_late_and_early_days_are_those_of_delivered_orders_only(raw, olist):
    late, early, on_time, count = one(
        raw,
        """
        select
            count(*) filter (days > 0), count(*) filter (days < 0), count(*) filter (days = 0), count(*)
        from (
            select order_delivered_customer_date::date - order_estimated_delivery_date::date as days
            from orders
            where order_status = 'delivered' and order_delivered_customer_date is not null
        )
        """,
    )
    found = one(
        olist.connection,
        """
        select
            count(*) filter (days_late > 0), count(*) filter (days_early > 0),
            count(*) filter (days_late = 0 and days_early = 0), count(days_late)
        from link_interaction
        """,
    )
    assert found == (late, early, on_time, count) and late > 300
    assert (
        one(
            olist.connection,
            "select count(*) from link_interaction where is_delivered = 0 and days_late is not null",
        )
        == 0
    )


def test_what_was_bought_is_named_in_english_where_there_is_a_word(raw, olist):
    untranslated = one(
        raw,
        """
        select count(*) from items join products using (product_id)
        where product_category_name is not null
            and product_category_name not in (select product_category_name from translation)
        """,
    )
    english = "select product_category_name_english from translation"
    words = [word for (word,) in raw.execute(english).fetchall()]
    query = "select count(*) from event_purchase where product is not null and not list_contains(?, product)"
    assert olist.connection.execute(query, [words]).fetchone()[0] == untranslated > 0
    nameless = one(
        raw, "select count(*) from items join products using (product_id) where product_category_name is null"
    )
    assert one(olist.connection, "select count(*) from event_purchase where product is null") == nameless


def test_comments_keep_their_line_ends(reference_data, olist):
    with (reference_data("olist") / "olist_order_reviews_dataset.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        rows = list(csv.DictReader(lines))
    written = {f"{r['review_id']}-{r['order_id']}": r["review_comment_message"] for r in rows}
    assert len(written) == len(rows)
    kept = dict(olist.connection.execute("select response_id, comment from event_answer").fetchall())
    assert kept.keys() == written.keys()
    assert (
        sum("\n" in (text or "") for text in kept.values())
        == sum("\n" in t.strip() for t in written.values())
        > 100
    )
    assert all((kept[key] or "").strip() == text.strip() for key, text in written.items())
    assert one(olist.connection, "select distinct language from event_answer") == "pt"


def test_each_customer_is_followed_to_the_end_of_the_data(raw, olist):
    last = olist.periods[-1]
    first = one(
        raw,
        "select count(distinct customer_unique_id) from orders join customers using (customer_id)",
    )
    assert (
        one(olist.connection, f"select count(*) from link_customer_period where period = '{last}'") == first
    )


def test_every_link_is_answered_and_lateness_agrees_with_another_fit(olist):
    import statsmodels.formula.api as smf

    cards = olist.links()
    assert {
        name: cards[name].verdict for name in olist.study.links if cards[name].verdict == NOT_JUDGED
    } == {}
    rows = olist.table("link_interaction", through=olist.last_complete_period)
    numbers = [
        "review_score",
        "days_late",
        "days_early",
        "freight_share",
        "item_count",
        "order_price",
        "weight",
    ]
    rows = rows[[*numbers, "region"]].astype(dict.fromkeys(numbers, "float64")).dropna()
    formula = "review_score ~ days_late + days_early + freight_share + item_count + order_price + C(region)"
    fit = smf.wls(formula, rows, weights=rows["weight"]).fit()
    found = cards["lateness_and_satisfaction"].estimates.iloc[0]
    assert_allclose(found["estimate"], fit.params["days_late"], rtol=1e-8)
    assert found["high"] < 0
    early = cards["earliness_and_satisfaction"].estimates.iloc[0]
    # Twice the same fit: what a day early brings is less than what a day late costs.
    assert_allclose(early["estimate"], fit.params["days_early"], rtol=1e-8)
    assert 0 < early["estimate"] < abs(found["estimate"])
    assert np.isfinite(cards["satisfaction_and_repeat_purchase"].estimates["estimate"]).all()
