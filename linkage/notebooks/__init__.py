"""The notebooks: found, held to their contract, executed, refreshed."""

from linkage.notebooks.finding import Notebook, find_notebooks, reason_to_skip
from linkage.notebooks.refreshing import refresh_notebooks

__all__ = ["Notebook", "find_notebooks", "reason_to_skip", "refresh_notebooks"]
