"""How good must service be? A goal for each operational metric, or the reason why there is none.

declared   what study.yml says under `goals`: targets, costs, what a point is worth, which promise
questions  which metric is asked with which outcome, at which grain, with what held fixed
rows       the rows behind a metric, and the contacts of the last period
course     the outcome along a metric: its level, its slope, what a cap would change
fitting    one metric fitted: does it count, and does it turn
ways       the goal three ways: the turn, a stated target, where the gain meets its cost
reach      how many contacts lie beyond a goal, and what meeting it would go with; by unit and channel
promise    promises kept, broken and exceeded
reading    the tables as a reader meets them
asking     all metrics of a study, judged as one family
standing   where the last period stands against a goal
words      the sentences; drawing : the pictures
answer     which metrics have a goal, in a few words
"""
