"""From employee to customer to money: how much of a link runs through what lies between.

result       what a chain answers
fit          the chain itself: paths, indirect and direct, bootstrapped over whole units
moments      linear chains from sums of products per cluster
sensitivity  how much hidden common cause would undo the indirect part
binary       yes-or-no stages, on the scale of probabilities
"""

from linkage.chain.fit import fit_chain
from linkage.chain.result import Chain

__all__ = ["Chain", "fit_chain"]
