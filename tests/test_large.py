"""Questions of relations: the large way gives the answer of the small one."""

import duckdb
import pytest
from numpy.testing import assert_allclose

import linkage as lk
from linkage.errors import TableError
from linkage.linking import large


@pytest.fixture(scope="module")
def relation():
    connection = duckdb.connect()
    connection.execute(
        """
        create table asked as
        select
            i as place,
            cast(i % 300 as varchar) as customer_id,
            case i % 3 when 0 then 'home' when 1 then 'office' end as segment,
            cast(hash(i) % 1000 as double) / 100 as nps,
            case when i % 97 = 0 then cast('nan' as double) else cast(hash(i + 7) % 1000 as double) / 50 end
                as spend_before,
            2 * cast(hash(i) % 1000 as double) / 100 + cast(hash(i + 99) % 1000 as double) / 10
                + cast(i % 300 as double) / 100 as spend_after,
            '2026Q' || (1 + i % 3) as period
        from range(6000) as rows(i)
        order by i
        """
    )
    return connection.table("asked")


QUESTION = "spend_after ~ nps + spend_before + segment"


def test_the_large_way_gives_the_answer_of_the_small_one(relation, monkeypatch):
    small = lk.link(QUESTION, relation, cluster="customer_id")
    monkeypatch.setattr(large, "LARGE", 1000)
    big = lk.link(QUESTION, relation, cluster="customer_id")
    for column in ("estimate", "std_error", "low", "high", "p_value", "raw_estimate", "detectable"):
        assert_allclose(big.estimates[column], small.estimates[column], rtol=1e-9, atol=1e-12)
    assert (big.n_used, big.n_dropped, big.clusters) == (small.n_used, small.n_dropped, small.clusters)
    assert big.missing == small.missing
    assert big.span == small.span
    assert big.verdict == small.verdict == "linked"
    assert big.estimates["sentence"].tolist() == small.estimates["sentence"].tolist()


def test_what_was_not_attacked_is_not_passed(relation, monkeypatch):
    monkeypatch.setattr(large, "LARGE", 1000)
    card = lk.link(QUESTION, relation, cluster="customer_id")
    verdicts = {check.name: check.verdict for check in card.battery}
    assert {
        verdicts[name] for name in ("placebo", "influence", "bootstrap", "shape", "lead", "specification")
    } == {"NOT ASSESSED"}
    assert card.exploratory


def test_a_missing_column_is_named_the_same_way(relation, monkeypatch):
    monkeypatch.setattr(large, "LARGE", 1000)
    with pytest.raises(TableError, match="Did you mean 'nps'"):
        lk.link("spend_after ~ npss", relation, cluster="customer_id")
