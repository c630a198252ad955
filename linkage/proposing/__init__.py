"""A folder of a company's files -> a study proposed for it, with the evidence and what to ask."""

from linkage.proposing.proposing import propose_study
from linkage.proposing.writing import write_study

__all__ = ["propose_study", "write_study"]
