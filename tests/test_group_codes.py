"""Codes of groups are closed, crossed and nested as sorting the labels would do it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from linkage.group_codes import count_groups, crossed, each_in_one, without_gaps

near = arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 40))
far = arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 10**12))


@given(near | far)
def test_closed_gaps_keep_the_groups_and_their_order(codes):
    np.testing.assert_array_equal(without_gaps(codes), np.unique(codes, return_inverse=True)[1])


@given(st.data())
def test_crossed_groups_are_those_of_the_sorted_pairs(data):
    first = data.draw(near)
    second = data.draw(arrays(np.int64, len(first), elements=st.integers(0, 40)))
    wanted = {pair: i for i, pair in enumerate(sorted(set(zip(first, second, strict=True))))}
    assert crossed(first, second).tolist() == [wanted[pair] for pair in zip(first, second, strict=True)]


@pytest.mark.parametrize(
    ("fine", "coarse", "nested"),
    [
        ([0, 0, 1, 2], [5, 5, 5, 1], True),
        ([0, 1, 1], [0, 0, 1], False),
        ([4, 2], [0, 0], True),
        ([], [], True),
    ],
)
def test_nested_groups_are_told_from_crossing_ones(fine, coarse, nested):
    assert each_in_one(np.array(fine, dtype=int), np.array(coarse, dtype=int)) is nested


def test_a_group_without_a_row_is_not_counted():
    assert count_groups(np.array([4, 0, 4, 2])) == 3 and count_groups(np.array([], dtype=int)) == 0
