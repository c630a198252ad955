"""What is hidden stays hidden: no cell that is left out follows from the cells and totals that are shown."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.exports import units
from linkage.kpis.definitions import ALL
from linkage.kpis.hiding import hidden_rows, without_small_names
from linkage.suppressing import (
    NOT_SHOWN,
    few_of,
    hidden_in,
    hidden_table,
    not_told,
    shown_groups,
    told_counts,
    unnamed,
)

SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=8)
FEWEST = st.integers(2, 12)


def told(equations: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Which hidden cells follow (k,): those whose own unit vector lies in the span of what the equations say of them.

    equations (e, k) : what is known of the cells, a linear one a row. What is shown drops out of each.
    """
    known = np.atleast_2d(equations)[:, hidden]
    rank = np.linalg.matrix_rank(known)
    return np.array([np.linalg.matrix_rank(np.vstack([known, row])) == rank for row in np.eye(hidden.sum())])


def test_words_for_what_is_hidden_are_the_same_everywhere():
    assert few_of(5) == "fewer than 5"
    assert unnamed("unit", 3, 5, "people") == "unit 3 (fewer than 5 people)"
    assert not_told(5, "customers") == "so that no figure tells of fewer than 5 customers"


@settings(max_examples=200, deadline=None)
@given(SIZES, FEWEST)
@example([3, 20, 30], 5)
@example([3], 5)
def test_no_hidden_group_follows_from_the_total_and_the_groups_shown(sizes, fewest):
    sizes = np.array(sizes)
    hidden = ~shown_groups(sizes, None, fewest)
    assert hidden[sizes < fewest].all()
    if (sizes >= fewest).all():
        assert not hidden.any()
    elif len(sizes) > 1:
        assert not told(np.ones(len(sizes)), hidden).any()
        assert hidden.all() or sizes[hidden].sum() >= fewest
        kept = np.flatnonzero(
            hidden & (sizes >= fewest)
        )  # hidden for the others' sake: the smallest of the large
        assert not len(kept) or sizes[kept].max() <= sizes[~hidden].min(initial=sizes.max())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from("abc")), min_size=1, max_size=12), FEWEST)
def test_each_stratum_is_hidden_by_itself_whatever_the_order(cells, fewest):
    sizes, strata = np.array([c[0] for c in cells]), np.array([c[1] for c in cells])
    hidden = hidden_in(sizes, strata, fewest)
    for stratum in np.unique(strata):
        own = sizes[strata == stratum]
        assert sorted(own[~hidden[strata == stratum]]) == sorted(own[shown_groups(own, None, fewest)])
    again = hidden_in(sizes[::-1], strata[::-1], fewest)
    assert sorted(sizes[::-1][again]) == sorted(sizes[hidden])


# ------------------------------------------------------------------------------------------ KPIs


@settings(max_examples=100, deadline=None)
@given(st.lists(SIZES, min_size=1, max_size=3), FEWEST)
@example([[3, 20, 30]], 5)
def test_no_count_and_no_value_of_a_hidden_channel_follows_from_the_sheet_of_kpis(periods, fewest):
    rows = [
        (f"2026Q{p}", f"channel {g}", n) for p, sizes in enumerate(periods, 1) for g, n in enumerate(sizes)
    ]
    rows += [(f"2026Q{p}", ALL, sum(sizes)) for p, sizes in enumerate(periods, 1)]
    frame = pd.DataFrame(rows, columns=["period", "group", "n"]).assign(kpi="contact_rate")
    people = frame["n"].to_numpy()
    groups, when = frame["group"].to_numpy(), frame["period"].to_numpy()
    frame["suppressed"] = hidden_rows("contact_rate", groups, when, people, fewest)
    sheet = without_small_names(frame, fewest)
    for period, part in sheet.groupby("period"):
        parts = part[part["group"] != ALL]
        hidden = parts["suppressed"].to_numpy()
        assert not any(isinstance(n, int | np.integer) for n in parts["n"][hidden])
        assert all(n in (few_of(fewest), NOT_SHOWN) for n in parts["n"][hidden])
        whole = part[part["group"] == ALL]["suppressed"].iloc[0]
        if hidden.any() and not whole and len(parts) > 1:
            assert not told(np.ones(len(parts)), hidden).any(), period
    small = (frame["n"] < fewest) & (frame["group"] != ALL)
    assert not sheet["group"][small].str.startswith("channel").any()
    assert (sheet["group"][~small] == frame["group"][~small]).all()


def test_spans_of_days_are_no_parts_of_a_whole():
    groups, when = np.array(["30 days", "60 days"]), np.array(["2026Q1"] * 2)
    hidden = hidden_rows("lapse_rate", groups, when, np.array([3, 40]), 5)
    assert hidden.tolist() == [True, False]


# ------------------------------------------------------------------------------------------ units, period by period

LEVEL = SimpleNamespace(name="spend", metric="spend")
GROWTH = SimpleNamespace(name="spend_growth", metric="spend")


def sheet_of(counts: np.ndarray, fewest: int, monkeypatch) -> pd.DataFrame:
    """Levels and growths of units as the sheet shows them. counts (P, U) : customers by period and unit."""
    periods = [f"2026Q{p}" for p in range(1, len(counts) + 1)]
    index = pd.MultiIndex.from_product(
        [periods, [f"U{u}" for u in range(counts.shape[1])]], names=["period", "unit_id"]
    )
    frame = pd.DataFrame({"spend": 100.0 + np.arange(counts.size)}, index=index).reset_index()
    frame["spend_growth"] = frame.groupby("unit_id")["spend"].pct_change()
    behind = frame[["unit_id", "period"]].assign(spend=counts.ravel().astype(float))
    behind["spend before"] = behind.groupby("unit_id")["spend"].shift(1)
    monkeypatch.setattr(units, "_counts", lambda shown, study: behind)
    declared = SimpleNamespace(minimum_group=fewest)
    units._hide_small(
        frame, [LEVEL, GROWTH], SimpleNamespace(study=SimpleNamespace(declared=declared), periods=periods)
    )
    return frame


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 4), st.integers(2, 5), st.integers(0, 10**6), FEWEST)
def test_no_hidden_figure_of_a_unit_follows_from_totals_and_growths(periods, count, seed, fewest):
    """A growth and the figure of its period give that of the period before."""
    counts = np.random.default_rng(seed).choice([1, 3, 8, 15, 40], size=(periods, count))
    with pytest.MonkeyPatch.context() as patch:
        frame = sheet_of(counts, fewest, patch)
    hidden = frame["spend"].isna().to_numpy()
    totals = np.kron(np.eye(periods), np.ones(count))
    growths = []
    for place in np.flatnonzero(frame["spend_growth"].notna()):
        row = np.zeros(counts.size)
        row[place], row[place - count] = 1, -(1 + frame["spend_growth"][place])
        growths.append(row)
    follows = np.zeros(counts.size, dtype=bool)
    follows[hidden] = told(np.vstack([totals, *growths]), hidden)
    small = counts.ravel() < fewest
    assert hidden[small].all()
    assert not follows[small].any()


def test_a_growth_that_would_tell_the_figure_before_is_hidden(monkeypatch):
    # U0 has 3 customers in the first period, so U1 (8) is hidden beside it; all are large in the second.
    frame = sheet_of(np.array([[3, 8, 40], [20, 20, 40]]), 5, monkeypatch)
    assert frame["spend"].isna().tolist() == [True, True, False, False, False, False]
    assert frame["spend_growth"][3:].isna().tolist() == [True, True, False]


def test_a_unit_without_a_period_before_in_the_sheet_goes_by_its_count():
    frame = pd.DataFrame({"unit_id": ["U0", "U1", "U2", "U3"], "period": ["2026Q2"] * 3 + ["2026Q1"]})
    frame.loc[4] = ["U3", "2026Q2"]
    earlier = units._rows_before(frame, ["2026Q1", "2026Q2"])
    assert earlier.tolist() == [-1, -1, -1, -1, 3]
    few = np.array([False, False, False, True, False])
    before = units._few_before(few, np.array([3.0, 20.0, np.nan, 30.0, 30.0]), earlier, 5)
    assert before.tolist() == [True, False, True, False, True]


# ------------------------------------------------------------------------------------------ classes beside their whole


def classes_of_a_calibration(sizes: list[int]) -> pd.DataFrame:
    from linkage.value.calibration import _by_class

    repeats = np.repeat(range(len(sizes)), sizes)
    bought = np.random.default_rng(0).poisson(2, len(repeats)).astype(float)
    return _by_class(repeats, bought + 0.5, bought, 9, 5, 0.95)


def bands_of_a_hold_out(sizes: list[int]) -> pd.DataFrame:
    from linkage.worth.holdout import _table

    names = [f"band {band}" for band in range(len(sizes))]
    people = pd.DataFrame({"band": np.repeat(names, sizes)})
    for column in ("predicted", "actual", "predicted_stay", "actual_stay"):
        people[column] = np.random.default_rng(1).normal(size=len(people))
    return _table(people, names, 5, 0.95)


@pytest.mark.parametrize("table", [classes_of_a_calibration, bands_of_a_hold_out])
@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ([40, 30, 20], [False, False, False]),
        ([40, 3, 30, 20], [False, True, False, True]),
        ([40, 3, 30, 3], [False, True, False, True]),
        ([40, 1, 30, 2, 20], [False, True, False, True, True]),
    ],
)
def test_a_class_cannot_be_worked_out_from_the_row_of_all(table, sizes, hidden):
    found = table(sizes)
    assert found["suppressed"].tolist() == [*hidden, False]
    assert found["estimate"].isna().tolist() == [*hidden, False]


def test_a_tier_of_value_and_service_cannot_be_worked_out_from_the_shares_of_the_others():
    from linkage.value.serving import _table

    cells = {(0, 0): 30, (0, 1): 3, (1, 0): 12, (1, 1): 30}
    places = np.repeat(list(cells), list(cells.values()), axis=0)
    frame = pd.DataFrame(places, columns=["value_tier", "service_tier"])
    frame[["value", "service"]] = np.random.default_rng(2).uniform(1, 2, (len(frame), 2))
    found = _table(frame, 2, 5, 0.95)
    assert found["suppressed"].tolist() == [False, True, True, False]
    assert found["value_share"].isna().tolist() == [False, True, True, False]
    none = _table(
        frame[frame["value_tier"] == frame["service_tier"]], 2, 5, 0.95
    )  # two empty tiers tell nothing
    assert none["suppressed"].tolist() == [False, True, True, False]


def test_a_band_that_few_began_in_hides_the_next_smallest():
    from linkage.worth.migration import _matrix

    bands = ["detractor", "passive", "promoter"]
    pairs = pd.DataFrame({"from": np.repeat(bands, [40, 3, 20]), "to": np.tile(bands, 21)})
    pairs = pairs.astype(pd.CategoricalDtype(bands))
    found = _matrix(pairs, bands, 5, 0.95)["suppressed"].groupby(level=0).all()
    assert found.to_dict() == {"detractor": False, "passive": True, "promoter": True}


# ------------------------------------------------------------------------------------------ tables with their sums


def sums_of(rows: int, columns: int) -> np.ndarray:
    """What each line of a table with its sums says of its cells: the inner ones less their sum are nothing."""
    places = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    equations = np.zeros((rows + columns + 2, places.size))
    for row, line in zip(equations, [*places, *places.T], strict=True):
        row[line[:-1]], row[line[-1]] = 1, -1
    return equations


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 10**6), FEWEST)
@example(2, 2, 0, 10)
@example(3, 3, 4859, 2)  # nothing is left to hide in line with what all sums together tell
def test_no_hidden_cell_follows_from_a_table_and_all_its_sums(rows, columns, seed, fewest):
    sizes = np.random.default_rng(seed).choice([0, 1, 2, 4, 12, 15, 30, 60], size=(rows, columns))
    hidden = hidden_table(sizes, fewest)
    whole = np.block([[sizes, sizes.sum(axis=1, keepdims=True)], [sizes.sum(axis=0), sizes.sum()]])
    small = (whole > 0) & (whole < fewest)
    assert hidden[small].all() and not hidden[whole == 0].any()
    if not small.any():
        assert not hidden.any()
    if (
        hidden[:-1, :-1].any()
        and not hidden[-1, -1]
        and not hidden.ravel()[:-1][whole.ravel()[:-1] > 0].all()
    ):
        assert not told(sums_of(rows, columns), hidden.ravel()).any()
    for line, size in zip([*hidden, *hidden.T], [*whole, *whole.T], strict=True):
        if line[:-1].any() and not line[-1]:
            assert size[:-1][line[:-1]].sum() >= fewest


def test_a_hidden_cell_is_not_told_by_its_neighbours():
    # 4 of the first row would follow from its sum, so the smallest beside it is hidden; then the same in both columns.
    sizes = np.array([[4, 30, 50], [20, 40, 60], [70, 80, 90]])
    hidden = hidden_table(sizes, 10)
    assert hidden[:-1, :-1].tolist() == [[True, True, False], [True, True, False], [False] * 3]
    assert not hidden[-1].any() and not hidden[:, -1].any()
    assert not hidden_table(sizes, 3).any()


def test_a_cell_alone_in_row_and_column_is_not_told_by_the_sum_of_all():
    """All 54 less the 50 shown beside it."""
    hidden = hidden_table(np.array([[4, 0], [0, 50]]), 10)
    assert hidden.tolist() == [[True, False, True], [False, True, True], [True, True, False]]


def test_two_that_are_hidden_together_are_not_as_few():
    """1 and 2 are hidden, and the sum less the others would tell of three people."""
    assert hidden_table(np.array([[1, 2, 20, 30]]), 5)[0, :-1].tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("trained", "said"),
    [
        (0, "No employee was trained."),
        (3, "Fewer than 10 employees were trained: nothing of so few is shown."),
    ],
)
def test_how_few_were_trained_is_not_told(monkeypatch, trained, said):
    from linkage.constituency import training

    employees = [f"E{number}" for number in range(30)]
    rows = pd.DataFrame({"employee_id": employees, "period": "2026Q3", "csat": 4.0})
    rows["is_trained"] = np.arange(30) < trained
    study = SimpleNamespace(
        study=SimpleNamespace(source_of=lambda role: role, declared=SimpleNamespace(minimum_group=10)),
        tables=["link_employee_period"],
        table=lambda name, through: rows,
    )
    monkeypatch.setattr(training, "training_outcome", lambda study: "csat")
    monkeypatch.setattr(training, "employee_links", lambda study: [])
    assert training.training_of(study, "2026Q3", seed=0, confidence=0.95) == said


def test_of_a_hidden_group_the_count_is_told_in_words_alone():
    counts, hidden = pd.Series([44, 1, 12, 30]), pd.Series([False, True, True, False])
    assert told_counts(counts, hidden, 10).tolist() == [44, "fewer than 10", "not shown", 30]
    pd.testing.assert_series_equal(told_counts(counts, hidden & False, 10), counts)
