"""The pictures of a card: nothing is computed here; each says its numbers in its alternative text too."""

from linkage.cards.plots.curves import draw_binned_shape, draw_lag_profile
from linkage.cards.plots.ladder import draw_ladder, draw_leave_one_out, draw_segments
from linkage.cards.plots.priority import draw_priority
from linkage.cards.plots.specifications import draw_specification_curve

__all__ = [
    "draw_binned_shape",
    "draw_ladder",
    "draw_lag_profile",
    "draw_leave_one_out",
    "draw_priority",
    "draw_segments",
    "draw_specification_curve",
]
