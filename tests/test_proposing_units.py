"""A file with one row a unit lists the units, and makes no calendar of the days it tells."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from linkage.proposing import propose_study

PLACES = ("Riverside", "Old Town", "Harbour", "Northgate", "Mill Lane", "Station Road")


def dentist(folder: Path, practices: str) -> None:
    visits = "".join(
        f"V{i:03d},P{i % 40:02d},{PLACES[i % 6]},{date(2025, 1, 6) + timedelta(days=i)} 10:00,{10 + i % 17}\n"
        for i in range(240)
    )
    (folder / "visits.csv").write_text("visit_id,patient_id,practice,started_at,waiting_min\n" + visits)
    (folder / "practices.csv").write_text(practices)


def proposed(folder: Path) -> dict:
    return {s.name: s for s in propose_study(folder).sources if not s.off}


@pytest.mark.parametrize("header", ["opened", "last_audit"])
def test_a_row_a_unit_with_a_day_of_its_own_lists_the_units(tmp_path, header):
    rows = "".join(f"{p},{'NS'[i % 2]},{3 + i},{2010 + i}-04-01\n" for i, p in enumerate(PLACES))
    dentist(tmp_path, f"practice,region,chairs,{header}\n{rows}")
    found = proposed(tmp_path)
    assert "unit_periods" not in {s.role for s in found.values()}
    units = found["units"].parts[0]
    assert units.mapped["unit_id"].theirs == "practice"
    assert "period_on" not in units.mapped and "started_at" not in units.mapped
    assert ("opened_on" in units.mapped) == (header == "opened")
    assert [m.scale for m in found["units"].metrics if m.theirs == "chairs"] == [None]


def test_units_in_several_months_and_units_of_one_month_stay_figures_over_time(tmp_path):
    months = ["2025-01-01", "2025-02-01", "2025-03-01"]
    rows = "".join(f"{p},{m},{3 + i}.5\n" for i, p in enumerate(PLACES) for m in months)
    dentist(tmp_path, f"practice,month,complaints_rate\n{rows}")
    assert "unit_periods" in {s.role for s in proposed(tmp_path).values()}
    one = "".join(f"{p},2025-01-01,{3 + i}.5\n" for i, p in enumerate(PLACES))
    dentist(tmp_path, f"practice,month,complaints_rate\n{one}")
    assert "unit_periods" in {s.role for s in proposed(tmp_path).values()}
