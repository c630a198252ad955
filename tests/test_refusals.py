"""Wrong arguments of public functions: each is refused with the words a person needs, never with a raw error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import linkage as lk
from linkage.chain import fit_chain
from linkage.errors import LinkError, StudyError, TableError, TooFewRowsError
from linkage.regression import fit_two_part

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"customer_id": np.arange(200) // 2, "nps": RNG.integers(0, 11, 200), "z": RNG.normal(size=200)}
)
TABLE["spend"] = TABLE["nps"] + 5 * RNG.normal(size=200)
NAMED = {"outcome": "spend", "driver": "z"}


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda: lk.link("spend ~ nps", TABLE, cluster=["customer_id"]), LinkError, "cluster names one column"),
        (lambda: lk.link("spend ~ nps", TABLE, cluster="spend"), LinkError, "spend is asked about and is the cluster"),
        (lambda: lk.link("spend ~ nps", TABLE, cluster="nps"), LinkError, "nps is asked about and is the cluster"),
        (lambda: lk.find_break(TABLE, **NAMED, cluster="z", draws=99), LinkError, "z is asked about and is"),
        (lambda: lk.bin_means(TABLE, outcome="nps", driver="nps"), LinkError, "nps is outcome and driver of the same"),
        (lambda: lk.bin_means(TABLE, **NAMED, bins=2.5), LinkError, "bins is a whole number, 1 or more; not 2.5"),
        (lambda: lk.fit_linear(TABLE, "spend ~ spend"), LinkError, "spend is outcome and driver of the same"),
        (
            lambda: lk.fit_linear(TABLE.rename(columns={"nps": "Intercept"}), "spend ~ Intercept"),
            TableError,
            "'Intercept' cannot be told from the constant",
        ),
        (lambda: lk.summarise_metrics(TABLE, ["nps"], by=None), TableError, "metrics maps each name"),
        (lambda: lk.summarise_metrics(TABLE, {"nps": None}, by=None), TableError, "'nps' is told by keys"),
        (lambda: lk.open_study(None), StudyError, "by its name or its folder"),
        (lambda: lk.business_kpis("demo", period="2026Q3"), StudyError, r"write open_study\('demo'\)"),
        (lambda: lk.show_tables_whole(-1), LinkError, "a whole number of 1 or more; not -1"),
        (lambda: lk.fit_linear(TABLE.assign(u=TABLE["customer_id"] % 9), "spend ~ nps", cluster="u", seed=-1),
         LinkError, "seed is a whole number"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_in_words(ask, kind, said):
    with pytest.raises(kind, match=said):
        ask()


@pytest.mark.parametrize("seed", [-1, None, 1.5, "1", True])
def test_a_seed_is_a_whole_number_wherever_something_is_drawn(seed):
    flagged = TABLE.assign(paid=np.where(TABLE["z"] > 0, TABLE["z"], 0))
    for ask in (
        lambda: lk.rank_drivers(TABLE, outcome="spend", drivers=["nps", "z"], draws=100, seed=seed),
        lambda: lk.find_break(TABLE, **NAMED, draws=99, seed=seed),
        lambda: fit_chain(TABLE, cause="nps", between="z", outcome="spend", draws=100, seed=seed),
        lambda: fit_two_part(flagged, "paid ~ nps", draws=40, seed=seed),
    ):
        with pytest.raises(LinkError, match="seed is a whole number, 0 or more"):
            ask()


@pytest.mark.parametrize("fewest", [None, "10", -1, float("nan"), 2.5, True])
def test_a_smallest_group_is_a_whole_number(fewest):
    with pytest.raises(TableError, match="minimum_group is a whole number of people"):
        lk.net_promoter(TABLE, score="nps", minimum_group=fewest)


def test_goals_are_told_with_cards_or_without(demo):
    with pytest.raises(LinkError, match="cards are those of the declared links"):
        lk.operational_goals(demo, period="2026Q3", cards="x")


def test_another_shape_of_the_outcome_may_stand_on_the_right():
    table = TABLE.assign(w=TABLE["nps"] + 1.0)
    assert lk.fit_linear(table, "log(w) ~ z + sqrt(w)").n_used == 200


def test_a_large_relation_is_refused_as_a_small_table_is(monkeypatch):
    import duckdb

    from linkage.linking import large

    monkeypatch.setattr(large, "LARGE", 100)
    table = TABLE.assign(same=1.0)
    with duckdb.connect() as connection:
        relation = connection.from_df(table)
        for formula in ("spend ~ same", "same ~ spend"):
            said = []
            for asked in (table, relation):
                with pytest.raises(LinkError) as caught:
                    lk.link(formula, asked)
                said.append(str(caught.value))
            assert "same" in said[0] and "same" in said[1]


def test_a_row_of_weight_nothing_is_not_called_incomplete():
    weighted = TABLE.assign(w=np.arange(200) % 2)
    assert (
        "100 rows incomplete or of weight 0" in lk.fit_linear(weighted, "spend ~ nps", weights="w").summary()
    )
    assert "0 rows incomplete.)" in lk.fit_linear(TABLE, "spend ~ nps").summary()
    holed = TABLE.assign(z=TABLE["z"].where(TABLE.index > 0))
    assert "1 row incomplete.)" in lk.fit_linear(holed, "spend ~ z").summary()


def test_one_of_a_kind_is_told_as_one():
    assert "in 1 bin of z" in lk.bin_means(TABLE, **NAMED, bins=1).summary()
    with pytest.raises(TooFewRowsError, match=r"^1 complete row cannot carry"):
        lk.fit_linear(TABLE[:1], "spend ~ nps")
