"""Overall experience first, then each touch point: how much it counts, how well it is done, for whom, and what to move.

asked        which declared link speaks of touch points, and whom to ask apart
rows         its answers, with every rating placed on its own scale
importance   how much each counts, by two methods, and how sure the order is
standing     how well each is done: against the overall experience, the others and the period before
moving       what goes with moving the weakest that counts to the median
by_group     the same in each segment, small groups hidden
result       what is answered, and its words; drawing : its pictures
"""

from linkage.touch_points.asking import touch_point_priorities
from linkage.touch_points.moving import move_to_median
from linkage.touch_points.result import TouchPoints

__all__ = ["TouchPoints", "move_to_median", "touch_point_priorities"]
