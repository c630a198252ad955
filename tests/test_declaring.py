"""A question asked by the way can be declared: its lines for study.yml read back as the same link."""

import pytest
import yaml

import linkage as lk
from linkage.study_file.declaration import Alternatives, LinkSpec, NegativeControl
from linkage.study_file.lines import declaration_of


def read_back(text: str) -> LinkSpec:
    ((name, said),) = yaml.safe_load(text).items()
    return LinkSpec.model_validate({"name": name, **said})


FULL = LinkSpec(
    name="calls_and_spend",
    question="Do calls: 'bring' spend?",
    grain="customer_period",
    outcome="spend",
    drivers=("account_calls", "nps"),
    controls=("segment",),
    lag=1,
    expect="positive",
    where={"segment": "home", "is_lost": False},
    segments=("region",),
    negative_control=NegativeControl(outcome="tenure_months"),
    alternatives=Alternatives(outcomes=("margin",), controls=(("segment", "period"), ())),
)


def test_a_declared_link_reads_back_as_itself():
    assert read_back(declaration_of(FULL)) == FULL


def test_every_link_of_the_demo_study_reads_back_as_itself(demo):
    for spec in demo.study.links.values():
        assert read_back(declaration_of(spec)) == spec


def test_the_lines_can_be_pasted_below_the_heading():
    text = "links:\n" + declaration_of(FULL)
    assert list(yaml.safe_load(text)["links"]) == ["calls_and_spend"]


def test_an_exploratory_card_offers_its_declaration(demo):
    table = demo.table("link_survey", period="2026Q3")
    card = lk.link("spend_after ~ nps + spend_before", table, cluster="customer_id")
    spec = read_back(card.to_yaml())
    assert (spec.name, spec.outcome, spec.drivers, spec.cluster) == (
        "nps_and_spend_after",
        "spend_after",
        ("nps",),
        "customer_id",
    )


def test_a_card_hands_out_the_query_of_its_rows(demo):
    card = demo.link("loyalty_and_spend")
    rows = demo.connection.sql(card.sql()).df()
    assert (
        len(rows.dropna(subset=["spend_after", "nps", "spend_before", "segment", "tenure_months"]))
        == card.n_used
    )


@pytest.mark.parametrize("as_relation", [True, False])
def test_an_exploratory_card_says_what_it_was_asked_of(demo, as_relation):
    table = (demo.relation if as_relation else demo.table)("link_survey", period="2026Q3")
    card = lk.link("spend_after ~ nps", table, cluster="customer_id")
    assert ("link_survey" in card.sql()) == as_relation
    assert "memory" in card.sql() or as_relation
