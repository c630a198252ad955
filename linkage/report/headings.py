"""What a published table calls its columns: a reader's words for the suite's own names, and no underscores."""

from __future__ import annotations

WORDS = {
    "absent": "Not on the other side",
    "best_share": "Share chosen as best",
    "beyond_count": "Beyond the goal",
    "beyond_share": "Share beyond",
    "chance": "Breaks even",
    "fan_out": "Most partners of a row",
    "has_data": "Has data",
    "is_above_noise": "Above noise",
    "is_shown": "Shown",
    "is_trained": "Trained",
    "kpi": "KPI",
    "lacks": "What it would need",
    "look_alike": "Nearly matches",
    "matched_keys": "Keys matched",
    "n": "n",
    "n_dropped": "Rows left out",
    "n_last": "n now",
    "n_used": "Rows used",
    "no_key": "Names nobody",
    "now": "Mean now",
    "p5": "5% lie below",
    "p50": "50% lie below",
    "p95": "95% lie below",
    "p_break_even": "Breaks even",
    "p_value": "p",
    "q_value": "q",
    "r_squared": "Variance explained",
    "raw_column": "Column in the file",
    "row_kept": "Row kept",
    "rows_accepted": "Rows accepted",
    "rows_merged": "Rows merged",
    "rows_read": "Rows read",
    "rows_rejected": "Rows rejected",
    "simple_r": "Correlation alone",
    "std_error": "Standard error",
    "std_errors_off": "Standard errors off",
    "time_violations": "Pairs in the wrong order of time",
    "values_missing": "Values missing",
    "values_rejected": "Values not readable",
    "vif": "VIF",
    "who": "Whom it counts",
    "page": "Page",
    "asks": "Question asked",
    "a_year": "A point, customer and year",
    "a_year_low": "A point and year, low",
    "a_year_high": "A point and year, high",
}
"""Names that say too little, or are spelled otherwise, once their underscores are gone."""

OWN = frozenset(
    (
        *("behind_share", "behind_share_high", "behind_share_low"),
        *("advice", "behind", "behind_high", "behind_low", "better", "break_point", "change"),
        *("change_high", "change_low", "clusters", "column", "controls", "correlation", "covered"),
        *("declared", "definition", "different", "driver", "drivers", "employee_feedback", "estimate"),
        *("expect", "feedback", "figure", "files", "filled", "first_period", "from", "grain", "group"),
        *("heat", "high", "interactions", "invitations", "join", "keys", "label", "lag", "last_period"),
        *("left_rows", "level", "limit", "link", "low", "match_rate", "matched", "meaning", "method"),
        *("metric", "missing", "month", "name", "note", "outcome", "pairs", "partner_periods", "period"),
        *("previous_estimate", "question", "quantity", "range", "reading", "reason", "rejected", "rejects"),
        *("revenue_share", "right_rows", "rows", "scale", "sentence", "severity", "share", "share_high"),
        *("share_low", "slope_after", "slope_before", "source", "straight_line", "suppressed", "table"),
        *(
            "actual",
            "actual_stay",
            "against_overall",
            "asked",
            "at_high",
            "at_low",
            "band",
            "basis",
            "benefit",
        ),
        *("begun", "break_even_cost", "by", "chain", "chapter", "check", "cost", "currency", "customers"),
        *("differs", "direction", "downside", "effect", "error", "excludes_zero", "excludes_zero_share"),
        *("expected_n", "form", "gain", "goal", "groups", "held", "horizon", "how", "importance", "input"),
        *("is_asked", "is_better", "is_sure", "johnson", "johnson_rank", "kind", "link_level", "links"),
        *("made_in", "mean", "means_of", "median", "moved", "n_better", "n_others", "net_high", "net_low"),
        *("order", "other", "others", "p_adjusted", "p_link_adjusted", "part", "path"),
        *("performance", "performance_p", "place", "predicted", "predicted_stay", "previous"),
        *(
            "previous_period",
            "rank",
            "retention",
            "revenue_at_stake",
            "same_sign_share",
            "scenario",
            "segment",
        ),
        *("service_mean", "service_std_error", "service_tier", "side", "slope", "slope_p", "specifications"),
        *(
            "carried_out",
            "stage",
            "standing",
            "state",
            "stated",
            "step",
            "swing",
            "target",
            "touch_point",
            "unit_id",
            "units",
        ),
        *("upside", "value_share", "value_tier", "way", "what_is_missing"),
        *("odd values", "off scale", "outside dates", "repeated", "wrong order"),
        *("to", "trainings", "transactions", "trap", "truth", "type", "undeclared", "unit", "unmatched"),
        *("unreadable", "value", "verb", "verdict", "what", "word"),
    )
)
"""The other columns of the suite's own results; any other name is a study's, and keeps its letters."""


def heading(name: str) -> str:
    """A column's name as a reader says it."""
    if name in WORDS:
        return WORDS[name]
    words = name.replace("_", " ").strip() or name
    return words[0].upper() + words[1:] if name in OWN else words
