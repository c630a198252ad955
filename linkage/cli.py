"""The command `linkage`: each command a few lines; what they do lives in the modules they call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from linkage.errors import LinkageError, OptionError, ReportError, WarehouseError

app = typer.Typer(
    help="Business linkage analysis: feedback, operations and money, joined and judged.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyName = Annotated[str, typer.Argument(help="A study's name under data/, or its folder.")]
Force = Annotated[bool, typer.Option("--force", help="Build again although nothing changed.")]


def say(text: str) -> None:
    """One plain line of progress, apart from what a command prints as its answer."""
    print(text, file=sys.stderr, flush=True)


@app.command()
def report(
    study: Annotated[
        str | None, typer.Argument(help="A study's name under data/, or its folder; default: demo.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Such as 2026Q3; default: the last complete one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where reports are kept; default: reports/.")] = None,
    formats: Annotated[str, typer.Option(help="html, xlsx, pdf, pptx: separated by commas.")] = "html,xlsx",
    only: Annotated[str | None, typer.Option(help="Only notebooks whose name begins so, such as 04.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Notebooks at once.")] = 2,
    every_study: Annotated[bool, typer.Option("--all", help="Every study under data/.")] = False,
    since: Annotated[str | None, typer.Option(help="Every complete period from this one on.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what a killed or failed run has finished.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Make it although nothing changed.")] = False,
) -> None:
    """Run every notebook for one study and one period, and publish the site."""
    from linkage.report.runs import Wish, make_reports

    if every_study and study:
        raise OptionError(f"--all makes the reports of every study: leave out {study!r}.")
    wish = Wish(period, since, out, formats, only, workers, resume, force)
    runs = []
    for run in make_reports(None if every_study else [study or "demo"], wish, say=say):
        runs.append(run)
        if run.folder is not None:
            print(run.folder / "index.html", flush=True)
    for run in runs:
        say(run.line())
    raise typer.Exit(max(run.code for run in runs))


@app.command()
def review(
    study: Annotated[str | None, typer.Argument(help="A study whose report is to be proved.")] = None,
    period: Annotated[str | None, typer.Argument(help="The report's period; default: the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where reports are kept; default: reports/.")] = None,
    notebooks: Annotated[
        Path | None, typer.Option(help="Those the report must be made from; default: the project's.")
    ] = None,
) -> None:
    """Prove the committed notebooks, and a published report where a study is named, all over again."""
    from linkage.reviewing.proof import review_notebooks, review_report

    proof = (
        review_report(study, period, out=out, say=say, notebooks=notebooks)
        if study
        else review_notebooks(say=say, folder=notebooks)
    )
    raise typer.Exit(0 if proof.passed else 1)


@app.command()
def sign(
    study: Annotated[str, typer.Argument(help="The study whose report is signed.")],
    period: Annotated[str, typer.Argument(help="The report's period, such as 2026Q3.")],
    name: Annotated[str, typer.Option(help="Who signs, such as 'Ada Byron'.")],
    open_points: Annotated[
        list[str] | None, typer.Option("--open", help="A point left open; may be given several times.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where reports are kept; default: reports/.")] = None,
    notebooks: Annotated[
        Path | None, typer.Option(help="Those the report must be made from; default: the project's.")
    ] = None,
) -> None:
    """Prove a published report all over again and, where it is proved or its open points are named, sign it."""
    from linkage.reviewing.signing import sign_report

    given = {"open_points": tuple(open_points or ()), "out": out, "say": say, "notebooks": notebooks}
    made = sign_report(study, period, name=name, **given)
    if made is None:
        raise typer.Exit(1)
    print(made)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What the study shall be called, such as acme.")],
    folder: Annotated[
        Path, typer.Option("--from", help="The folder that holds the files, or one file: ~/exports.")
    ],
    link: Annotated[bool, typer.Option("--link", help="Link to the files instead of copying them.")] = False,
) -> None:
    """Propose a study from a folder of files: which source each is, what its columns mean, which links to ask."""
    from linkage.project import project_root
    from linkage.proposing import new_folder, propose_study, write_study

    studies = project_root() / "data"
    new_folder(name, studies)  # before looking at files for minutes
    proposal = propose_study(folder)
    print(proposal.summary())
    written = write_study(name, proposal, studies, link=link, say=print)
    print(
        f"\nWritten: {written / 'study.yml'}\nRead it, answer its question marks, then: linkage check {name}"
    )
    print(f"When that is clean: linkage report {name}")


@app.command()
def check(
    study: StudyName = "demo",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON instead of tables.")] = False,
) -> None:
    """Read the sources, build the tables, and say what was read, rejected, joined and lost."""
    from linkage.contract import check_study

    contract = check_study(study)
    print(contract.to_json() if as_json else contract.summary())
    raise typer.Exit(2 if contract.broken else 0)


@app.command()
def build(study: StudyName = "demo", force: Force = False) -> None:
    """Build the linkage tables of a study where its files or models changed."""
    from linkage.project import study_folder
    from linkage.study import load_study
    from linkage.warehouse import open_warehouse

    warehouse = open_warehouse(load_study(study_folder(study)), force=force, say=say)
    say("built" if warehouse.built else "nothing changed since the last build")
    print(warehouse.path)


@app.command()
def sql(
    model: Annotated[str, typer.Argument(help="Such as link_survey.")],
    study: StudyName = "demo",
) -> None:
    """Print the SQL that really runs for a model of a study."""
    from linkage.opening import open_study
    from linkage.tables.models import model_names, no_such_model

    if model not in model_names():
        raise OptionError(no_such_model(model))
    print(open_study(study).model_sql(model))


@app.command()
def lab() -> None:
    """Open JupyterLab on the notebooks."""
    import subprocess

    from linkage.project import project_root

    folder = project_root() / "notebooks"
    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode
    )


@app.command()
def refresh(
    only: Annotated[
        str | None, typer.Argument(help="Only notebooks whose name begins so, such as 04.")
    ] = None,
) -> None:
    """Execute the committed notebooks again in place, and normalise them."""
    from linkage.notebooks import refresh_notebooks

    failed = refresh_notebooks(only=only, say=say)
    raise typer.Exit(1 if failed else 0)


STOPPED = 130
"""The code of a command that a person ended with Ctrl-C."""
USAGE_ERROR = typer.BadParameter.__base__
"""Every call that cannot be read; typer has no name of its own for it."""


def main() -> None:
    """Run the command; what a person can put right becomes a clear text and an exit code.

    1 : it failed. 2 : wrong use, or a broken data contract. 130 : stopped by Ctrl-C.
    """
    try:
        code = app(prog_name="linkage", standalone_mode=False) or 0
        if code == STOPPED:
            say("Stopped.")
        sys.exit(code)
    except USAGE_ERROR as error:
        _tell(error)
        sys.exit(2)
    except (WarehouseError, ReportError) as error:
        say(f"Failed: {error}")
        sys.exit(1)
    except LinkageError as error:
        say(f"Error: {error}")
        sys.exit(2)
    except OSError as error:
        from linkage.closed_places import explain_closed_place

        said = explain_closed_place(error)
        if not said:
            raise
        say(f"Failed: {said}")
        sys.exit(1)
    except Exception as error:
        from linkage.warehouse import explain_damage

        said = explain_damage(error)
        if not said:
            raise
        say(f"Failed: {said}")
        sys.exit(1)


def _tell(error: Exception) -> None:
    """Say what is wrong with a call; of one that names no command the help says all."""
    from linkage.wrong_use import explain_wrong_use

    if not sys.argv[1:]:
        error.show()
        return
    say(f"Error: {explain_wrong_use(error, sys.argv[1:])}")


if __name__ == "__main__":
    main()
