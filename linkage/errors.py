"""What can go wrong, by whose remedy: every error of the suite is a kind of LinkageError."""


class LinkageError(Exception):
    """Something a person can put right; the text says what is wrong and what to do."""


class StudyError(LinkageError):
    """study.yml cannot be read or contradicts itself; names the file, the key and the remedy."""


class SourceError(LinkageError):
    """A source file is missing, empty or not what study.yml says; names file, line or column."""


class GrainError(LinkageError):
    """A table holds more than one row for its grain, or a join would multiply rows."""


class WarehouseError(LinkageError):
    """The warehouse cannot be built or opened."""


class TableError(LinkageError):
    """A table handed to an analysis lacks a column, or a column holds what it cannot use."""


class TooFewRowsError(LinkageError):
    """Too few complete rows, groups or clusters for an answer that means anything."""


class FitError(LinkageError):
    """A model has no trustworthy solution: collinear, separated, ill-conditioned, not converged."""


class LinkError(LinkageError):
    """A declared or asked link cannot be answered as stated."""


class PeriodError(LinkageError):
    """A period is misspelt, or the study holds no data for it."""


class ReportError(LinkageError):
    """A report cannot be made, found or proved."""


class OptionError(LinkageError):
    """A command was given a choice it does not know."""


class LinkageWarning(UserWarning):
    """The answer is right but narrower than what was asked."""
