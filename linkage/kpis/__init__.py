"""Business KPIs: how the business is doing with its customers, each with its definition and its interval.

declared     what a business decides: gaps, windows, targets
definitions  what each KPI is, and the trap in it
provenance   whether each is taken as recorded or derived, and from what
needs        what the SQL models of sql/kpi use of a study, and what it lacks
intervals    an estimate with its interval from a model's sums
counting     all KPIs of a study
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.kpis.counting import business_kpis
    from linkage.kpis.result import KpiSet

__all__ = ["KpiSet", "business_kpis"]

_PLACES = {"business_kpis": "linkage.kpis.counting", "KpiSet": "linkage.kpis.result"}


def __getattr__(name: str) -> object:
    """Loaded when first used: building the tables needs only the rules."""
    if name not in _PLACES:
        raise AttributeError(f"linkage.kpis has no {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
