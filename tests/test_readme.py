"""The README shows what really comes out."""

import re
from pathlib import Path

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_three_lines_print_what_the_readme_says(capsys):
    lines = re.search(r"```python\n(import linkage as lk\n.*?)```", README, re.DOTALL)[1]
    shown = re.search(r"```text\n(.*?)```", README, re.DOTALL)[1]
    exec(compile(lines, "README.md", "exec"), {})
    assert capsys.readouterr().out == shown


def test_every_notebook_stands_in_the_table_with_its_question():
    import nbformat

    folder = Path(__file__).resolve().parent.parent / "notebooks"
    for path in sorted(folder.glob("*.ipynb")):
        question = nbformat.read(path, 4).cells[0].source.splitlines()[0].removeprefix("# ")
        row = next((line for line in README.splitlines() if f"`{path.stem}`" in line), None)
        assert row is not None, path.stem
        asked = row.split("|")[2].strip()
        assert asked.rstrip("?").split(",")[0] in question, (asked, question)


def test_every_command_is_named_in_the_readme():
    from typer.main import get_command

    from linkage.cli import app

    for name in get_command(app).commands:
        assert f"`linkage {name}" in README, name
