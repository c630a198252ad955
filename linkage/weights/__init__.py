"""How much each answer should count, so that the answers speak for everybody."""

from linkage.weights.raking import RakedWeights, rake
from linkage.weights.response import ResponseWeights, response_weights
from linkage.weights.trimming import effective_n

__all__ = ["RakedWeights", "ResponseWeights", "effective_n", "rake", "response_weights"]
