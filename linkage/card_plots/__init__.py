"""The pictures of a card: nothing is computed here; each says its numbers in its alternative text too."""

from linkage.card_plots.curves import draw_binned_shape, draw_lag_profile
from linkage.card_plots.ladder import draw_ladder, draw_leave_one_out, draw_segments
from linkage.card_plots.priority import draw_priority
from linkage.card_plots.specifications import draw_specification_curve

__all__ = [
    "draw_binned_shape",
    "draw_ladder",
    "draw_lag_profile",
    "draw_leave_one_out",
    "draw_priority",
    "draw_segments",
    "draw_specification_curve",
]
