"""What a committed notebook must be: thin, executed from top to bottom, and of one shape."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from linkage.notebooks.finding import GRAINS, has_tag, source_of

MOST_CELLS, MOST_LINES = 25, 6
OWN_METADATA = ("long", "needs", "any_of", "needs_files", "title")
TABLES = tuple(f"link_{grain}" for grain in GRAINS)
BELONGS_ELSEWHERE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)
METHODS_ELSEWHERE = ("merge", "groupby", "join", "sql", "execute", "apply", "agg", "pivot", "pivot_table")
SQL = re.compile(
    r"\bselect\b.+\bfrom\b|\binsert\s+into\b|\bcreate\s+(table|view)\b", re.IGNORECASE | re.DOTALL
)
PATH = re.compile(r"(?<![\w<:/.])/(?:home|root|tmp|usr|var|work|Users|mnt|opt)/\w|[A-Za-z]:\\\\")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
NEEDED = ("Answer", "So what")


def read_cells(path: Path) -> tuple[list[dict], dict]:
    """A notebook's cells and its metadata."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["cells"], content["metadata"]


def code_cells(cells: list[dict]) -> list[dict]:
    return [c for c in cells if c["cell_type"] == "code" and source_of(c).strip()]


def unexecuted_cells(path: Path) -> list[int]:
    """Numbers, among the code cells, of those that strict comparison would pass over."""
    cells, _ = read_cells(path)
    return [i for i, c in enumerate(code_cells(cells), 1) if c.get("execution_count") is None]


def faults(path: Path) -> list[str]:
    """Every way in which a notebook breaks its contract; empty for a good one."""
    cells, metadata = read_cells(path)
    return [
        *_run_faults(cells),
        *_output_faults(cells),
        *_shape_faults(cells, metadata),
        *_parameter_faults(cells),
        *_logic_faults(cells),
        *_prose_faults(cells),
    ]


def _run_faults(cells: list[dict]) -> list[str]:
    counts = [c.get("execution_count") for c in code_cells(cells)]
    wanted = list(range(1, len(counts) + 1))
    return (
        []
        if counts == wanted
        else [f"execution counts are {counts}, not 1 to {len(counts)}: run `linkage refresh`"]
    )


def _output_faults(cells: list[dict]) -> list[str]:
    found = []
    for number, cell in enumerate(code_cells(cells), 1):
        for output in cell["outputs"]:
            if output["output_type"] == "error" or output.get("name") == "stderr":
                found.append(
                    f"code cell {number} left an error or a warning: {output.get('ename') or 'stderr'}"
                )
            text = json.dumps([output.get("data"), output.get("text")], ensure_ascii=False)
            for what, pattern in (("a path", PATH), ("a memory address", ADDRESS)):
                match = pattern.search(text)
                if match:
                    found.append(
                        f"code cell {number} shows {what}: {text[match.start() : match.start() + 30]!r}"
                    )
    return found


def _shape_faults(cells: list[dict], metadata: dict) -> list[str]:
    found = []
    if metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("its kernelspec is not python3")
    if len(cells) > MOST_CELLS:
        found.append(f"it has {len(cells)} cells, at most {MOST_CELLS}")
    first = source_of(cells[0]).splitlines()[0] if cells else ""
    if not (cells[0]["cell_type"] == "markdown" and first.startswith("# ") and first.rstrip().endswith("?")):
        found.append(f"its first cell is not '# ' and a question: {first!r}")
    headings = [
        line
        for c in cells
        if c["cell_type"] == "markdown"
        for line in source_of(c).splitlines()
        if line[:1] == "#"
    ]
    found += [f"it has no '## {name}'" for name in NEEDED if f"## {name}" not in headings]
    own = metadata.get("linkage", {})
    tables = [*own.get("needs", ()), *own.get("any_of", ())]
    found += [f"it needs {t!r}, which is no linkage table" for t in tables if t not in TABLES]
    found += [f"unknown linkage metadata {k!r}" for k in own if k not in OWN_METADATA]
    return found if own.get("title") else [*found, "its linkage metadata give no title"]


def _parameter_faults(cells: list[dict]) -> list[str]:
    tagged = [c for c in cells if has_tag(c, "parameters")]
    if len(tagged) != 1:
        return [f"{len(tagged)} cells are tagged parameters, not one"]
    names = []
    for line in ast.parse(source_of(tagged[0])).body:
        try:
            ast.literal_eval(line.value)
            names.append(line.targets[0].id)
        except (AttributeError, ValueError):
            return [f"the parameters cell holds more than literals: {ast.unparse(line)!r}"]
    return [f"it has no parameter {name!r}" for name in ("study", "period") if name not in names]


def _logic_faults(cells: list[dict]) -> list[str]:
    """What belongs in linkage/, where it has tests."""
    found = []
    for number, cell in enumerate(code_cells(cells), 1):
        source = source_of(cell)
        lines = [line for line in source.splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            found.append(f"code cell {number} has {len(lines)} lines, at most {MOST_LINES}")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, BELONGS_ELSEWHERE):
                found.append(f"code cell {number} has a {type(node).__name__}")
            if isinstance(node, ast.Attribute) and node.attr in METHODS_ELSEWHERE:
                found.append(f"code cell {number} calls {node.attr}")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
                found.append(f"code cell {number} holds SQL")
    return found


def _prose_faults(cells: list[dict]) -> list[str]:
    """A figure typed into the conclusions would stay when the data change."""
    found, heading = [], ""
    for cell in cells:
        for line in source_of(cell).splitlines() if cell["cell_type"] == "markdown" else ():
            heading = line.lstrip("# ") if line.startswith("#") else heading
            if heading in NEEDED and re.search(r"\d", line):
                found.append(f"a digit is typed into {heading!r}: {line!r}")
    return found
