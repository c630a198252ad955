"""Loads nbformat without a part of it that takes longer to load than a notebook to run.

nbformat checks notebooks with jsonschema, which loads every checker of text formats it finds. The one for
internationalised addresses compiles a grammar on import, for seconds; no notebook schema asks for it.
"""

from __future__ import annotations

import sys
from types import ModuleType

GRAMMAR = "rfc3987_syntax"


def load_nbformat() -> ModuleType:
    """nbformat; call this before anything else that imports it, as papermill and nbconvert do."""
    spared = GRAMMAR not in sys.modules
    if spared:
        sys.modules[GRAMMAR] = None  # type: ignore[assignment]  # makes its import fail, which jsonschema allows for
    try:
        import nbformat
    finally:
        if spared:
            del sys.modules[GRAMMAR]
    return nbformat


def compile_schema() -> None:
    """Have nbformat compile its schema now: a process forked later need not do it for each notebook."""
    nbformat = load_nbformat()
    from nbformat.v4 import new_notebook

    nbformat.reads(nbformat.writes(new_notebook()), as_version=4)
