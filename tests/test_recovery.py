"""The suite against the planted truth of the demo company, and against figures of hospitals fitted elsewhere."""

import pytest

PERIOD = "2026Q3"


@pytest.fixture(scope="session")
def cards(demo):
    return demo.links(period=PERIOD)


@pytest.fixture(scope="session")
def planted(demo_truth):
    return {effect["name"]: effect for effect in demo_truth["effects"]}


# What a card estimates as a slope; the break and the slopes beside it are recovered further down.
SLOPES = [
    "handle_time_linear_slope",
    "effort_on_satisfaction",
    "transfers_on_satisfaction_total",
    "broken_promise",
    "exceeded_promise",
    "first_response",
    "hold_music",
    "rating_network_on_loyalty",
    "rating_service_on_loyalty",
    "rating_billing_on_loyalty",
    "rating_shop_on_loyalty",
    "loyalty_on_spend",
    "loyalty_on_next_quarter_spend",
    "satisfaction_on_growth",
    "effort_on_churn",
    "engagement_on_satisfaction",
    "training_on_satisfaction",
    "partner_satisfaction_on_loyalty",
    "account_calls_on_spend",
]


def test_every_planted_effect_with_a_link_is_recovered_somewhere(planted):
    elsewhere = {
        "handle_time_break",
        "handle_time_slope_before",
        "handle_time_slope_after",
        "exit_score_leak",
    }
    assert {name for name, effect in planted.items() if effect["link"]} == elsewhere | set(SLOPES)


@pytest.mark.parametrize("name", SLOPES)
def test_a_planted_effect_lies_within_three_standard_errors(name, cards, planted):
    effect = planted[name]
    rows = cards[effect["link"]].estimates.set_index("driver")
    row = rows.loc[effect["driver"]]
    assert abs(row["estimate"] - effect["value"]) < 3 * row["std_error"], (row["estimate"], row["std_error"])


def test_the_threshold_of_handle_time_is_found(demo, planted):
    from linkage.shapes import driver_shapes

    found = driver_shapes(demo, period=PERIOD).breaks["handle_time_and_satisfaction"]
    assert found.is_shown
    for term, name in (
        ("break_point", "handle_time_break"),
        ("slope_before", "handle_time_slope_before"),
        ("slope_after", "handle_time_slope_after"),
    ):
        row = found.estimates.loc[term]
        assert abs(row["estimate"] - planted[name]["value"]) < 3 * row["std_error"], term


@pytest.mark.parametrize("link", ["hold_music_and_satisfaction", "partner_satisfaction_and_loyalty"])
def test_a_true_null_is_no_link_and_says_what_would_have_been_seen(link, cards):
    card = cards[link]
    assert card.verdict == "no link"
    assert card.estimates["detectable"].iloc[0] > 0
    assert "would have been seen" in card.summary()


def test_the_leak_is_refused_because_the_outcome_precedes_its_cause(cards):
    card = cards["exit_score_and_churn"]
    assert card.verdict == "unsafe"
    assert card.estimates["estimate"].isna().all()
    assert "the outcome was there before them" in card.summary()


def test_the_confounder_turns_the_raw_sign_and_is_named(cards):
    card = cards["account_calls_and_spend"]
    row = card.estimates.iloc[0]
    assert row["raw_low"] > 0 > row["high"]
    check = next(c for c in card.battery if c.name == "controls")
    assert check.verdict == "REVIEW"
    assert "segment" in check.advice


def test_levels_follow_the_clock(cards):
    assert cards["loyalty_and_spend"].level == "L3"
    assert cards["loyalty_and_next_quarter_spend"].level == "L3"
    assert cards["satisfaction_and_growth"].level == "L3"
    assert cards["handle_time_and_satisfaction"].level == "L2"
    assert cards["exit_score_and_churn"].level == "L1"


def test_no_causal_verb_below_the_fourth_level(cards):
    for card in cards.cards:
        for sentence in card.estimates["sentence"]:
            if card.level in ("L4", "L5"):
                continue
            assert not {"raises", "lowers", "causes"} & set(sentence.lower().replace(".", "").split())
            if card.level != "L3":
                assert "is followed by" not in sentence


def test_every_sentence_carries_interval_n_period_and_level(cards):
    for card in cards.cards:
        for row in card.estimates.to_dict("records"):
            if row["verdict"] in ("linked", "no link"):
                for part in ("95% interval", f"n = {card.n_used:,}", card.span, card.level):
                    assert part in row["sentence"], (card.name, part)


def test_every_headline_figure_is_taken_apart(demo):
    """Its segments stand in some tables only: answers have no channel."""
    from linkage.changing import explain_changes
    from linkage.feedback import headlines

    rows = headlines(demo, period=PERIOD).publish().rows
    figures = explain_changes(demo, PERIOD, findings=[], metrics=rows, before="2026Q2").figures
    assert len(figures) >= 5
    assert [moved.row["metric"] for moved in figures if moved.apart is None] == []


def test_the_dirt_is_rejected_and_counted(demo, demo_truth):
    dirt, counts = demo_truth["dirt"], demo.reject_counts.set_index(["source", "column"])["rejects"]
    assert counts["transactions", "amount"] == dirt["transaction_amount_unreadable"]
    assert counts["feedback", "nps"] == dirt["feedback_nps_out_of_scale"]
    ledger = demo.ledger.set_index("join")
    unknown = ledger.loc["event_contact.customer_id -> stg_customers.customer_id", "absent"]
    assert unknown == dirt["interactions_of_unknown_customers"]


# Fitted outside the suite on the same public files: least squares, errors clustered by state with t(49).
HOSPITALS = {
    "rating_and_later_margin": (0.314106, 0.043903, 2409),
    "rating_and_margin_growth": (0.148772, 0.033774, 2327),
    "rating_and_revenue_growth": (0.346095, 0.090593, 2334),
    "margin_and_later_rating": (0.099177, 0.017004, 4669),
    "staff_and_later_rating": (0.005219, 0.001390, 4648),
    "rating_change_and_margin_change": (0.050797, 0.072191, 2322),
    "rating_and_spending": (-0.125979, 0.033000, 2458),
    "rating_change_and_spending_change": (-0.026265, 0.028807, 2442),
    "rating_and_readmissions": (-0.120816, 0.014743, 2413),
}


@pytest.mark.parametrize("name", HOSPITALS)
def test_hospital_links_equal_an_independent_fit(name, hospitals):
    estimate, std_error, n = HOSPITALS[name]
    card = hospitals.links(period="2022")[name]
    row = card.estimates.iloc[0]
    assert row["estimate"] == pytest.approx(estimate, abs=1e-6)
    assert row["std_error"] == pytest.approx(std_error, abs=1e-6)
    assert (card.n_used, card.clusters) == (n, 50)


def test_hospital_links_keep_their_clock(hospitals):
    cards = hospitals.links(period="2022")
    assert cards["rating_and_later_margin"].level == "L3"
    for name in ("rating_and_spending", "rating_and_readmissions", "rating_change_and_margin_change"):
        assert cards[name].level in ("L1", "L2"), name
        assert cards[name].clock.order == "same time"


def test_a_report_never_uses_a_change_that_ends_after_it(hospitals):
    card = hospitals.links(period="2021")["rating_change_and_margin_change"]
    assert card.verdict == "not assessed"
    assert "up to 2022, after 2021" in card.summary()
    assert hospitals.links(period="2022")["rating_change_and_margin_change"].span == "2019 to 2022"


def test_a_lagged_link_says_its_lag(hospitals):
    sentence = hospitals.links(period="2022")["rating_and_later_margin"].summary()
    assert "2 years after the drivers" in sentence


def test_every_surveyed_hospital_is_in_the_ledger(hospitals):
    ledger = hospitals.ledger.set_index("join")
    register = ledger.loc["stg_survey.unit_id -> stg_units.unit_id"]
    reports = ledger.loc["stg_survey.unit_id -> stg_cost_reports.unit_id"]
    assert register.left_keys == reports.left_keys == 2474
    assert reports.matched_keys == 2474
    assert register.left_keys - register.matched_keys == len(register.examples) + 2 == 7
    assert register.absent == register.unmatched
