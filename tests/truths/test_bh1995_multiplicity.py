"""The 15 p-values of Benjamini and Hochberg (1995), adjusted in six ways, against p.adjust of R 4.2.2."""

import pytest
from numpy.testing import assert_allclose

from linkage.linking.multiplicity import adjust_p_values

R_NAMES = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "hochberg",
    "hommel": "hommel",
    "bh": "BH",
    "by": "BY",
}


@pytest.fixture(scope="module")
def case(truth):
    return truth("bh1995-multiplicity")


def found(case) -> dict[str, float]:
    values = {}
    for method, name in R_NAMES.items():
        adjusted = adjust_p_values(case.data["p"], method)
        values |= {f"adjusted.{name}[{i}]": value for i, value in enumerate(adjusted)}
        values[f"rejected_at_05.{name}"] = int((adjusted <= 0.05).sum())
    return values


def test_every_value_agrees(case):
    for name, value in found(case).items():
        assert_allclose(value, case.value(name), rtol=case.rtol(name), err_msg=name)


def test_no_value_is_left_out(case):
    assert set(case.values) == set(found(case))
