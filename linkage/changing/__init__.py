"""Why does a figure differ from the one before: new data, another mix, or another relation?"""

from linkage.changing.asking import Moved, WhyChanged, explain_changes
from linkage.changing.headline import HeadlineApart, take_headline_apart
from linkage.changing.parts import MIX, NEW_DATA, PARTS, RELATION, TOTAL, UNTOLD, TakenApart
from linkage.changing.relation import EstimateApart, take_estimate_apart

__all__ = [
    "MIX",
    "NEW_DATA",
    "PARTS",
    "RELATION",
    "TOTAL",
    "UNTOLD",
    "EstimateApart",
    "HeadlineApart",
    "Moved",
    "TakenApart",
    "WhyChanged",
    "explain_changes",
    "take_estimate_apart",
    "take_headline_apart",
]
