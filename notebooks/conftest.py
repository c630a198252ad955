"""Makes `pytest --nbval notebooks/` strict by itself: see linkage/reviewing/pytest_notebooks.py."""

from linkage.reviewing.pytest_notebooks import (  # noqa: F401
    pytest_collection_modifyitems,
    pytest_configure,
)
