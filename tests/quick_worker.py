"""The process that runs notebooks, with no more loaded than a notebook of the standard library needs.

It starts in a third of the time; what is loaded beforehand changes nothing of how processes begin and end.
"""

from importlib import import_module

from linkage.notebooks import worker
from linkage.notebooks.quick import compile_schema

FEW = ("papermill", "nbclient", "ipykernel.kernelapp", "ipykernel.ipkernel", "jupyter_client.manager")


def import_few() -> None:
    compile_schema()
    for name in FEW:
        import_module(name)


worker.import_stack = import_few
worker.main()
