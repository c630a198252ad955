"""What became of the records of a source: read, accepted, rejected, and the values left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class SourceTally:
    """What became of one source's records; rows_accepted + rows_rejected = rows_read.

    files : paths relative to the study folder, in the order they were read.
    rows_read : data records, broken ones included; no header, no blank line.
    rows_merged : accepted records that went into another row of the same key, or gave way to it: where a source
        says so, the staging table has so many rows less than were accepted.
    rows_rejected : records left out whole: broken, or without a key or time that can be read.
    values_rejected : unreadable values in accepted rows; each became NULL and stands in `rejects`.
    values_missing : values of accepted rows that were empty or one of the study's missing words.
    undeclared : columns of the files that nothing in study.yml asks for, and as "column = word" the questions
        of a long export and the choices of a cell that nothing declares.
    """

    source: str
    files: tuple[str, ...]
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    values_rejected: int
    values_missing: int
    undeclared: tuple[str, ...]
    rows_merged: int = 0

    def to_row(self) -> dict[str, object]:
        """The tally as one row of a table: lists become text."""
        return {**asdict(self), "files": ", ".join(self.files), "undeclared": ", ".join(self.undeclared)}
