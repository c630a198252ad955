"""Raw files -> staging tables and their rejects: what a source holds, typed, keyed and accounted for."""

from linkage.sources.staging import stage_source
from linkage.sources.tally import SourceTally

__all__ = ["SourceTally", "stage_source"]
