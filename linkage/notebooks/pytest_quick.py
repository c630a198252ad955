"""A pytest plugin (-p linkage.notebooks.pytest_quick, before nbval's own) that only loads nbformat the quick way.

It must happen on import: the next plugin's import brings nbformat in whole.
"""

from linkage.notebooks.quick import load_nbformat

load_nbformat()
