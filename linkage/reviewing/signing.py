"""Signs a report: proved again in the same run, and refused where it is not and nobody says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from linkage.errors import OptionError
from linkage.reviewing.proof import review_report
from linkage.reviewing.sign_off import write_sign_off
from linkage.reviewing.unseen_letters import unseen_in, visible


def sign_report(
    study: str | Path,
    period: str,
    *,
    name: str,
    open_points: tuple[str, ...] = (),
    out: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
    cache: Path | None = None,
    date: str | None = None,
    notebooks: Path | None = None,
) -> Path | None:
    """Review a published report and write its sign-off, review.json; None where it is not proved and nothing is open.

    name : who signs. open_points : what is not settled, in words; needed where the review does not pass. The lines that
    failed are then kept beside them, and in any case those that a person must judge. date : default today, in UTC.
    cache, notebooks : see review_report.

    Raises OptionError for an empty name or point, or one with letters that are not seen, and what review_report raises.
    """
    from linkage.report.index import write_index

    if not name.strip() or any(not point.strip() for point in open_points):
        raise OptionError(
            "A sign-off needs a name and no empty points: --name 'Ada Byron' --open 'what is left open'."
        )
    for text in (name, *open_points):
        if letter := unseen_in(text, beside="\n\t"):
            raise OptionError(
                f"“{visible(text)}” holds {letter}, a letter that is not seen: write names and points without it."
            )
    proof = review_report(study, period, out, say, cache=cache, to_sign=True, notebooks=notebooks)
    if not proof.passed and not open_points:
        say("Not signed. Put right what failed, or name each point that stays open with --open.")
        return None
    left = (
        *(visible(f"Not proved: {line}") for line in proof.failed),
        *(visible(f"To be judged: {line}") for line in proof.looks),
    )
    made = write_sign_off(
        proof.folder,
        name=name,
        date=date or datetime.now(UTC).date().isoformat(),
        passed=proof.passed,
        open_points=(*(" ".join(point.split()) for point in open_points), *left),
        counts=proof.battery.counts if proof.battery else {},
    )
    write_index(proof.folder.parent.parent)
    say(
        f"Signed{' with open points' if open_points or left else ''}: any changed byte of the report voids it."
    )
    return made
