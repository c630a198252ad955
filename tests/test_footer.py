"""The line under every page says since when the links are declared as they are, and no more than a report can know."""

from types import SimpleNamespace

import pytest

from linkage.report.footer import declared_since, method_line

LINK = {"controls": ["x"], "lag": 0}
BEFORE = {"period": "2026Q2", "links": {"a": LINK, "b": LINK, "c": LINK}, "rules": {"minimum_group": 10}}
SAME = {name: BEFORE[name] for name in ("links", "rules")}


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (SAME, BEFORE, "All links are declared as they were in 2026Q2."),
        (SAME, None, "No earlier report shows since when these links are declared."),
        (
            {**SAME, "links": {"a": {**LINK, "lag": 1}, "b": LINK, "d": LINK, "e": LINK}},
            BEFORE,
            "Declared otherwise than in 2026Q2: of the links 1 changed, 2 added and 1 dropped (see the review of the "
            "report).",
        ),
        (
            {**SAME, "rules": {"minimum_group": 5}},
            BEFORE,
            "Declared otherwise than in 2026Q2: rules for all links changed (see the review of the report).",
        ),
        ({"links": {}, "rules": {}}, BEFORE, ""),
        ({}, None, ""),
    ],
)
def test_the_line_says_what_an_earlier_report_shows(now, before, said):
    assert declared_since({**now, "before": before}) == said


def test_errors_are_controlled_over_the_estimates_counted():
    rows = [{"estimate": 1.0}, {"estimate": None}, {"estimate": 2.0, "exploratory": True}]
    line = method_line(SimpleNamespace(findings=rows, declaration={**SAME, "before": BEFORE}))
    assert line.startswith(
        "All links are declared as they were in 2026Q2. False discoveries are controlled over "
    )
    assert "(1 estimates published here)" not in line and "(1 estimate published here)" in line
    assert method_line(SimpleNamespace(findings=[], declaration={})).startswith(
        "False discoveries are controlled"
    )
