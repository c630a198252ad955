"""Business linkage analysis: what service, feelings and money have to do with each other.

Three lines ask a question:

    import linkage as lk
    surveys = lk.open_study("demo").table("link_survey", period="2026Q3")
    lk.link("spend_after ~ nps + spend_before + segment", surveys, cluster="customer_id")
"""

from __future__ import annotations

import time
from importlib import import_module

__version__ = "0.1.0"

LOADED_AT = time.time()
"""When this process read the package: code changed since is not the code that runs (see memory.py)."""

# Loaded when first used: a question about a table should not wait for what it does not need.
_PUBLIC = {
    "open_study": "linkage.opening",
    "link": "linkage.links",
    "show_tables_whole": "linkage.display",
    "headlines": "linkage.feedback",
    "business_kpis": "linkage.kpis.counting",
    "data_dictionary": "linkage.dictionary",
    "overview_by_period": "linkage.feedback",
    "driver_shapes": "linkage.shapes",
    "driver_rankings": "linkage.shapes",
    "link_matrix": "linkage.matrix",
    "matrix_beside_links": "linkage.matrix",
    "metric_race": "linkage.racing",
    "touch_point_priorities": "linkage.touch_points",
    "constituency_links": "linkage.constituency",
    "positive_deviance": "linkage.constituency",
    "operational_goals": "linkage.goals.asking",
    "lifetime_value": "linkage.worth.lifetime",
    "keep_and_lose": "linkage.worth.ledger",
    "band_migration": "linkage.worth.migration",
    "value_points": "linkage.worth.points",
    "lifetime_beside_money": "linkage.worth.beside",
    "usual_calculator": "linkage.worth.calculator",
    "wallet_options": "linkage.worth.wallet",
    "what_if": "linkage.worth.scenarios",
    "forecast_scenarios": "linkage.worth.forecasts",
    "back_test": "linkage.worth.back_testing",
    "review_battery": "linkage.reviewing.battery",
    "compare_with_report": "linkage.reviewing.declaration_change",
    "specification_curves": "linkage.reviewing.curves",
    "challenge": "linkage.reviewing.challenging",
    "first_challenge": "linkage.reviewing.first_challenge",
    "net_promoter": "linkage.metrics",
    "top_box": "linkage.metrics",
    "mean_score": "linkage.metrics",
    "summarise_metrics": "linkage.metrics",
    "rank_drivers": "linkage.drivers",
    "bin_means": "linkage.thresholds",
    "find_break": "linkage.thresholds",
    "fit_linear": "linkage.regression",
    "LinkageError": "linkage.errors",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"linkage has no {name!r}; it has: {', '.join(__all__)}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
