"""Taking a group's mean out leaves what lies within groups, and only that."""

import numpy as np
import pandas as pd

from linkage.group_means import less_group_means


def test_what_is_left_is_what_a_grouped_transform_leaves():
    rng = np.random.default_rng(3)
    values, codes = rng.normal(size=(60, 3)), rng.integers(0, 7, 60)
    wanted = pd.DataFrame(values) - pd.DataFrame(values).groupby(codes).transform("mean")
    np.testing.assert_allclose(less_group_means(values, codes), wanted, atol=1e-12)
    np.testing.assert_array_equal(
        less_group_means(values[:, 1], codes), less_group_means(values, codes)[:, 1]
    )


def test_a_shift_of_a_whole_group_changes_nothing():
    rng = np.random.default_rng(4)
    values, codes = rng.normal(size=40), np.repeat(np.arange(8), 5)
    np.testing.assert_allclose(
        less_group_means(values + 100 * codes, codes), less_group_means(values, codes), atol=1e-10
    )


def test_a_code_without_rows_and_a_table_without_columns_do_no_harm():
    assert less_group_means(np.array([1.0, 3.0]), np.array([2, 2])).tolist() == [-1.0, 1.0]
    assert less_group_means(np.empty((4, 0)), np.array([0, 0, 1, 1])).shape == (4, 0)
    assert less_group_means(np.empty(0), np.empty(0, dtype=int)).size == 0
