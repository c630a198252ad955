"""What the sources of a study hold, and what is wrong with it, counted where it lies.

staged            a study's staging tables, with their keys, times and local days
scanning          one pass over a table: rows, keys, values, ends
column_profile    one row a column; overview: one row a source
coverage          when each source has rows: months, strays, gaps
odd_values        codes such as 99 or 1900-01-01 among values
*_problems        what is wrong: in reading, values, dates, keys; repeats: the same row under two keys
breaking          what breaks a link, and what it would need
gathering         all of it together
text              tables for a terminal
"""

from linkage.profiling.gathering import Profile, profile_sources
from linkage.profiling.problem import BREAKS, FINE, LOOK, NOT_PUBLISHED

__all__ = ["BREAKS", "FINE", "LOOK", "NOT_PUBLISHED", "Profile", "profile_sources"]
