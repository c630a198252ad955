"""The methods of the suite on a company whose truth is known: does each find what was planted?

planted        the truth file beside a study
evidence       the rows a proof is made of
result         the proof itself
regressions    least squares, few clusters, chances, ordered answers, amounts
panels         units against themselves: effects, changes, events
searches       break points, rankings of drivers, chains
answers        scores, reliability, unit means, who did not answer
families       many questions at once, and what could have been seen
proof          all of them in one table
"""

from linkage.proving.proof import prove_methods
from linkage.proving.result import Proof

__all__ = ["Proof", "prove_methods"]
