"""The data dictionary: what every column of the linkage tables is, where it came from, and the words used.

entries   one row a column; meaning and traps say it in words; glossary explains the suite's own words.
"""

from linkage.dictionary.entries import Dictionary, data_dictionary

__all__ = ["Dictionary", "data_dictionary"]
