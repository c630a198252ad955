"""What a row of each linkage table is: the keys that name it, and who or what comes back from row to row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.study_file.declaration import LinkSpec

KEYS = {
    "interaction": ("interaction_id",),
    "survey": ("response_id",),
    "customer_period": ("customer_id",),
    "employee_period": ("employee_id",),
    "unit_period": ("unit_id",),
}

CLUSTERS = {
    "interaction": "customer_id",
    "survey": "customer_id",
    "customer_period": "customer_id",
    "employee_period": "employee_id",
    "unit_period": "unit_id",
    "row": "customer_id",
}
"""Who or what comes back from row to row at each grain, and is compared with itself."""
PERSONS = ("customer_id", "employee_id")
"""Keys of people: of a few of them nothing may be told, however often they answered."""


def cluster_of(link: LinkSpec) -> str:
    """The column whose rows belong together: declared, else the person or unit that comes back."""
    return link.cluster or CLUSTERS[link.grain]


def grain_by_key(columns: Iterable[str]) -> str:
    """What a row is, by the first key among its columns: a linkage table begins with its own."""
    there = list(columns)
    first = next((c for c in there if any(c in keys for keys in KEYS.values())), None)
    grains = [grain for grain, keys in KEYS.items() if first in keys]
    return next((g for g in grains if not g.endswith("_period") or "period" in there), "row")
