"""A folder of a company's files -> a study proposed for it, with the evidence and what to ask."""

from linkage.proposing.proposing import propose_study
from linkage.proposing.writing import new_folder, write_study

__all__ = ["new_folder", "propose_study", "write_study"]
