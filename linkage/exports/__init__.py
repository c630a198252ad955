"""A report for those who do not read web pages: a workbook, slides, a PDF, and lists to work from.

making      which exports were asked for, made one by one; contents: what the workbook holds
sheets      a table of a workbook, before any library sees it
answers     links, findings and checks as rows; money, units, ledgers, assumptions, words: the other sheets
goals       targets by unit; accounts: whom to contact, under the names of pseudonyms
workbook    the sheets as .xlsx with native charts; slides: the answers as .pptx; pdf: the pages through a browser
paper       the pages as one document to print, with paper_tables and paper_pictures; pdf_settling: made fit to publish
"""

from linkage.exports.making import Export, write_exports

__all__ = ["Export", "write_exports"]
