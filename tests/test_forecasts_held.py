"""What came of forecasts: how many must have held, and that no figure counts twice."""

from __future__ import annotations

import pandas as pd
import pytest

from linkage.worth.back_testing import FOUND, BackTest
from linkage.worth.forecasts import KEYS


def forecast(scenario: str, *, held: bool, **changed: object) -> dict[str, object]:
    """One figure with its forecast, as compare_forecasts gives it; its low end tells figures apart."""
    row = dict.fromkeys([*KEYS, *FOUND], "") | {"scenario": scenario, "table": "link_customer_period"}
    row |= {"column": "spend", "label": "Spend", "where": {}, "made_in": "2026Q2", "unit": "EUR a customer"}
    row |= {"estimate": 167.2, "low": 143.7, "high": 190.6, "confidence": 0.95, "carried_out": False}
    return row | {"actual": 166.0 if held else 200.0, "held": held} | changed


def scored(rows: list[dict[str, object]]) -> BackTest:
    return BackTest(pd.DataFrame(rows, columns=[*KEYS, *FOUND]), "2026Q3", False, "")


@pytest.mark.parametrize(
    ("held", "missed", "promised", "verdict"),
    [
        # The chance that no more hold, by the binomial distribution: 0 of 1 at .95 is .05, 0 of 1 at .90 is .10,
        # 1 of 2 at .95 is 1 - .95^2 = .0975, 0 of 2 is .0025; 6 of 8 is .0572, 5 of 8 is .0058.
        (1, 0, 0.95, "PASS"),
        (0, 1, 0.95, "REVIEW"),
        (0, 1, 0.90, "NOT ASSESSED"),
        (1, 0, 0.90, "NOT ASSESSED"),
        (1, 1, 0.95, "PASS"),
        (0, 2, 0.95, "REVIEW"),
        (6, 2, 0.95, "PASS"),
        (5, 3, 0.95, "REVIEW"),
    ],
)
def test_forecasts_pass_only_where_they_could_have_failed(held, missed, promised, verdict):
    rows = [
        forecast("plan", held=place < held, low=float(place), confidence=promised)
        for place in range(held + missed)
    ]
    check = scored(rows).check()
    assert check.verdict == verdict
    assert check.value == held / (held + missed) and check.limit == pytest.approx(promised)
    if verdict == "NOT ASSESSED":
        assert "even none held could be chance" in check.advice
        assert check.advice in scored(rows).summary()


def test_what_two_scenarios_foretell_alike_counts_once():
    """Neither plan had begun: both forecast the mean as it stood. A miss of it is one miss, not two."""
    alike = [forecast("fewer_transfers", held=False), forecast("better_service", held=False)]
    others = [forecast("plan", held=True, low=float(place)) for place in range(7)]
    found = scored([*alike, *others])
    assert len(found.figures) == 8 and found.check().value == 7 / 8
    assert "Of 8 forecasts" in found.summary() and "7 held" in found.summary()
    assert "foretell alike counts once" in found.summary()
    assert found.summary().count("Spend (") == 1
    # Of other customers, or moved by a plan that had begun, it is another forecast.
    apart = [
        forecast("a", held=True, where={"segment": "business"}),
        forecast("b", held=True, estimate=150.0),
    ]
    assert len(scored([*alike, *apart]).figures) == 3
