"""What a card shows of itself: every picture, the ladder, the checks, and nothing unescaped."""

import pytest

import linkage as lk
from linkage.cards.pictures import KINDS, in_standard_units
from linkage.errors import LinkError
from linkage.sentences import signed


@pytest.fixture(scope="module")
def cards(demo):
    return demo.links(period="2026Q3")


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_says_its_numbers(cards, kind):
    for name in ("handle_time_and_satisfaction", "satisfaction_and_growth"):
        drawn = cards[name].plot(kind)
        assert drawn.svg.startswith("<svg")
        assert any(c.isdigit() for c in drawn.alt) or "no periods" in drawn.alt


def test_an_answer_typed_into_a_terminal_says_itself(cards):
    card = cards["engagement_and_satisfaction"]
    assert repr(card) == f"LinkCard: {card.summary()}"
    assert repr(cards).startswith("CardSet:\n- ")


def test_a_finding_holds_what_its_sentence_tells_beside_the_estimate(cards):
    rows = {row["link"]: row for row in cards.findings()}
    earned = rows["engagement_and_satisfaction"]
    assert f"as {earned['earned']['what']}: {signed(earned['earned']['estimate'])} (" in earned["sentence"]
    bent = rows["handle_time_and_satisfaction"]
    assert f": {bent['shape']} (95% intervals; " in bent["sentence"]
    assert not any(rows["loyalty_and_spend"][part] for part in ("shape", "earned", "itself"))


def test_an_unknown_picture_is_refused(cards):
    with pytest.raises(LinkError, match="shape"):
        cards["handle_time_and_satisfaction"].plot("pie")


def test_a_card_without_a_fit_says_why_it_draws_nothing(cards):
    refused = cards["exit_score_and_churn"]
    assert refused.parts is None
    assert "outcome had begun" in refused.plot("ladder").alt
    assert refused.ladder().empty


def test_the_ladder_holds_every_rung_beside_the_declared_one(cards):
    ladder = cards["loyalty_and_next_quarter_spend"].ladder()
    assert {"raw", "adjusted", "within", "change"} <= set(ladder.index)
    shown = ladder[ladder["status"] == "shown"]
    assert (shown["low"] <= shown["estimate"]).all()
    assert ladder.loc["adjusted", "estimate"] == pytest.approx(
        cards["loyalty_and_next_quarter_spend"].estimates["estimate"].iloc[0], rel=1e-3
    )


def test_an_intervention_reaches_the_fourth_rung_and_a_draw_the_fifth(cards):
    assert cards["training_and_satisfaction"].level == "L4"
    assert "raises" in cards["training_and_satisfaction"].summary()
    music = cards["hold_music_and_satisfaction"]
    assert (music.level, music.verdict) == ("L5", "no link")
    assert "would have been seen" in music.summary()


def test_a_bent_link_is_not_summarised_by_a_slope(cards):
    said = cards["handle_time_and_satisfaction"].summary()
    assert "no change shown up to 11.9 minutes" in said
    assert "would hide that" in said


def test_checks_are_a_table_of_verdicts(cards):
    table = cards["loyalty_and_spend"].checks()
    assert {"lead", "specification", "non-response", "higher cluster", "out of sample", "power"} <= set(
        table.index
    )
    assert set(table["verdict"]) <= {"PASS", "REVIEW", "FAIL", "NOT ASSESSED"}


def test_ladders_of_a_family_are_one_table(cards):
    table = cards.ladders()
    assert set(table["link"]) == {c.name.replace("_", " ") for c in cards.cards if c.n_used}


def test_a_gallery_shows_each_question_with_its_pictures(cards):
    shown = cards.about("units").pictures()
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count("<h4>") == sum(bool(c.n_used) for c in cards.about("units").cards)
    assert "controls held fixed" in repr(shown)


def test_specifications_are_brought_to_one_unit(cards):
    table = in_standard_units(cards["loyalty_and_spend"].parts.attacks.specifications.estimates)
    assert table["estimate"].to_numpy() == pytest.approx(table["standard"].to_numpy())
    assert (table["low"] <= table["estimate"]).all()


def test_whatever_comes_from_data_is_escaped(demo):
    table = demo.table("link_survey", period="2026Q3").rename(columns={"nps": "nps"})
    table["segment"] = table["segment"].where(table["segment"] != "public", "<script>alert(1)</script>")
    card = lk.link("spend_after ~ nps + segment", table, cluster="customer_id", question="<b>bold?</b>")
    html = card._repr_html_()
    assert "<script>" not in html
    assert "<b>bold" not in html
    assert "Exploratory" in html


def test_an_exploratory_card_has_its_ladder_and_its_shape_too(demo):
    card = lk.link("csat ~ handle_minutes + channel", demo.table("link_interaction"), cluster="customer_id")
    assert card.parts.shape.form == "bent"
    assert {"raw", "adjusted", "within"} <= set(card.ladder().index)
