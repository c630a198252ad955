"""Break points, rankings of drivers and chains, held to what is planted."""

from __future__ import annotations

from linkage.proving.evidence import EXACT, Asked, Subject, effect_row, evidence_row

POINTS = ("rating_network", "rating_service", "rating_billing", "rating_shop")


def prove_break(subject: Subject, family: str) -> list[dict]:
    """Where handle time begins to cost satisfaction, and how much before and after."""
    from linkage.thresholds import find_break

    link = subject.opened.study.links["handle_time_and_satisfaction"]
    found = find_break(
        subject.rows(link.name),
        outcome=link.outcome,
        driver=link.drivers[0],
        controls=link.controls,
        cluster=subject.cluster(link.name),
        draws=499,
        seed=subject.seed,
    )
    asked = Asked(family, "broken line by profile likelihood", "find_break", found.n_used)
    terms = {
        "handle_time_break": "break_point",
        "handle_time_slope_before": "slope_before",
        "handle_time_slope_after": "slope_after",
    }
    return [effect_row(subject, asked, name, found.estimates.loc[term]) for name, term in terms.items()]


def prove_rankings(subject: Subject, family: str) -> list[dict]:
    """The order in which touch points count, by both measures of importance."""
    return [row for method in ("lmg", "johnson") for row in _ranking(subject, family, method)]


def _ranking(subject: Subject, family: str, method: str) -> list[dict]:
    """One row a touch point: its rank, and the rank its planted weight gives it."""
    from linkage.drivers import rank_drivers

    weights = {point: subject.planted.value(f"{point}_on_loyalty") for point in POINTS}
    order = sorted(POINTS, key=lambda point: -weights[point])
    asked = {"outcome": "nps", "drivers": POINTS, "controls": ["segment"], "cluster": "customer_id"}
    answers = subject.table("link_survey", ["customer_id", "segment", "nps", *POINTS])
    found = rank_drivers(answers, **asked, method=method, draws=499, seed=subject.seed)
    words = {"lmg": "shares of R-squared (LMG)", "johnson": "Johnson's relative weights"}[method]
    answered = Asked(family, words, "rank_drivers", found.n_used)
    rows = []
    for place, point in enumerate(order, start=1):
        row = found.estimates.loc[point]
        rank = {"estimate": row["rank"], "low": row["rank_low"], "high": row["rank_high"]}
        what = f"Rank of {point} among four touch points"
        rows.append(evidence_row(answered, f"{point}_on_loyalty", what, "rank", place, rank, reading=EXACT))
    return rows


def prove_chains(subject: Subject, family: str) -> list[dict]:
    """Transfers through effort to satisfaction; engagement through satisfaction to growth."""
    return [*_contact_chain(subject, family), *_people_chain(subject, family)]


def _contact_chain(subject: Subject, family: str) -> list[dict]:
    from linkage.chain import fit_chain

    found = fit_chain(
        subject.table(
            "link_interaction", ("customer_id", "transfer_count", "effort", "csat", "channel", "topic")
        ),
        cause="transfer_count",
        between="effort",
        outcome="csat",
        controls=["channel", "topic"],
        cluster="customer_id",
        draws=999,
        seed=subject.seed,
    )
    asked = Asked(family, "transfers -> effort -> satisfaction", "fit_chain", found.n_used)
    paths = {
        "transfer_count -> effort": "transfers_on_effort",
        "effort -> csat": "effort_on_satisfaction",
        "direct": "transfers_on_satisfaction_direct",
        "total": "transfers_on_satisfaction_total",
    }
    rows = [effect_row(subject, asked, name, found.estimates.loc[path]) for path, name in paths.items()]
    truth = subject.planted.value("transfers_on_effort") * subject.planted.value("effort_on_satisfaction")
    what, unit = "Transfers lower satisfaction through effort", "csat point per transfer"
    indirect = found.estimates.loc["indirect"]
    return [*rows, evidence_row(asked, "transfers_through_effort", what, unit, truth, indirect)]


def _people_chain(subject: Subject, family: str) -> list[dict]:
    """Unit means: engagement and satisfaction of a quarter, growth two quarters later."""
    from linkage.chain import fit_chain
    from linkage.panel import add_lags

    units = subject.table("link_unit_period")
    rows = add_lags(units, unit="unit_id", period="period", columns=["spend_growth"], lags=(-2,)).rows
    found = fit_chain(
        rows,
        cause="engagement",
        between="csat",
        outcome="spend_growth_lead2",
        controls=["period"],
        cluster="unit_id",
        draws=999,
        seed=subject.seed,
    )
    asked = Asked(family, "engagement -> satisfaction -> growth", "fit_chain", found.n_used)
    paths = {
        "engagement -> csat": "engagement_on_satisfaction",
        "csat -> spend_growth_lead2": "satisfaction_on_growth",
    }
    answers = [effect_row(subject, asked, name, found.estimates.loc[path]) for path, name in paths.items()]
    truth = subject.planted.value("engagement_on_satisfaction") * subject.planted.value(
        "satisfaction_on_growth"
    )
    what, unit = "Engaged employees are followed by growth", "share of growth per engagement point"
    indirect = found.estimates.loc["indirect"]
    return [*answers, evidence_row(asked, "engagement_through_satisfaction", what, unit, truth, indirect)]
