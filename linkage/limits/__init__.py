"""Where every check of the battery draws its line: each limit a constant that says what it means and whose it is.

`fitted`: the fit itself. `foreseen`: what was known or foreseen. `answering`: who answered and how. `designs`:
direction, controls, choices. `forms`: shape, segments, nesting. `rungs`: the ladder. `reviewing`: the review.
`fewest`: what it takes to ask at all. A report prints them all.
"""
