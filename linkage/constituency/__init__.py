"""Employees and partners, their customers, and money: what the data show at each step, and what they lack.

people       which answers, trainings and links of a study speak of employees and partners
gates        may the answers of a unit be averaged?
factors      what engagement is made of
across       a chain of links, each at its own grain, whole units drawn through all of them
unit_means   the same chain among the means of units, in one table
money        what the end of a chain comes to
training     before and after a training, beside those who were not trained yet
partners     the links of partners
asking       all of it, in one answer (result, words, drawing)

chance, deviance, practices, deviants   units that do better than their conditions predict, and what they do differently
"""

from linkage.constituency.across import chain_across
from linkage.constituency.asking import constituency_links
from linkage.constituency.deviance import deviance_of, unit_deviance
from linkage.constituency.deviants import positive_deviance
from linkage.constituency.deviants_result import PositiveDeviance
from linkage.constituency.practices import compare_practices
from linkage.constituency.result import Constituency

__all__ = [
    "Constituency",
    "PositiveDeviance",
    "chain_across",
    "compare_practices",
    "constituency_links",
    "deviance_of",
    "positive_deviance",
    "unit_deviance",
]
