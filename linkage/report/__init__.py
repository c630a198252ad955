"""The report of one study and one period: notebooks executed, findings collected, a site published."""

from linkage.report.making import Made, make_report

__all__ = ["Made", "make_report"]
