"""The report of one study and one period: notebooks executed, findings collected, a site published."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.report.making import Made, make_report

__all__ = ["Made", "make_report"]


def __getattr__(name: str) -> object:
    # Loaded when first used: what only looks at a published report should not wait for what makes one.
    if name not in __all__:
        raise AttributeError(f"linkage.report has no {name!r}; it has: {', '.join(__all__)}")
    from linkage.report import making

    return getattr(making, name)
