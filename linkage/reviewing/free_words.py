"""Which words of a notebook does nothing prove? Parts that no run writes, and that every comparison passes over."""

from __future__ import annotations

from collections.abc import Iterator

from linkage.notebooks.normalising import KERNEL

PARTS = ("cells", "metadata", "nbformat", "nbformat_minor")
OF_AN_OUTPUT = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}
"""What each kind of output holds besides its kind (nbformat 4.5)."""
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
"""What an IPython kernel says of its language, its version left out."""
WRITTEN = {"kernelspec": KERNEL, "language_info": LANGUAGE}
"""What is written of itself by a run, the same for every notebook."""


def free_words(notebook: dict) -> list[str]:
    """Where a notebook holds what no run writes: in words, empty where nothing does."""
    return [*_around(notebook), *_in_outputs(notebook["cells"])]


def _around(notebook: dict) -> Iterator[str]:
    more = sorted(set(notebook) - set(PARTS))
    if more:
        yield f"no notebook holds {', '.join(more)} beside its cells"
    if (notebook.get("nbformat"), notebook.get("nbformat_minor")) != (4, 5):
        yield f"its format is {notebook.get('nbformat')!r}.{notebook.get('nbformat_minor')!r}, not 4.5"
    for name, written in WRITTEN.items():
        said = notebook["metadata"].get(name, written)
        for part in sorted({*said, *written}) if isinstance(said, dict) else [""]:
            if not part or said.get(part) != written.get(part):
                found = said.get(part) if part else said
                yield f"{'.'.join(filter(None, (name, part)))} is {found!r}, a run writes {written.get(part)!r}"


def _in_outputs(cells: list[dict]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        run = [part for part in ("outputs", "execution_count") if part in cell]
        if run and cell["cell_type"] != "code":
            yield f"cell {number} is a text and holds {' and '.join(run)}, which only code leaves"
        for output in cell.get("outputs", ()):
            known = ("output_type", *OF_AN_OUTPUT.get(output["output_type"], ()))
            more = sorted(set(output) - set(known))
            if more:
                yield f"cell {number} holds an output with {', '.join(more)}, which no run writes"
            count = output.get("execution_count")
            if count is not None and count != cell.get("execution_count"):
                yield f"cell {number} is counted {cell.get('execution_count')}, and its output {count!r}"
