"""The answers as slides: one a question, with a chart that can be edited and the caveats in the notes."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.checks import FAIL, REVIEW
from linkage.exports.archives import with_fixed_times
from linkage.exports.slide_charts import Dot, add_dots
from linkage.ladder import COUNTED, LINKED, MEANING, NOT_SHOWN
from linkage.report.answering import answer_rows, headline
from linkage.report.effects import effect_of
from linkage.report.front import troubles
from linkage.report.standing import counted

if TYPE_CHECKING:
    from datetime import date

    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from linkage.report.edition import Edition

Row = dict[str, object]

INCH = 914_400
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
TITLE_ONLY = 5
"""The layout of the built-in template that has a title and nothing else."""
ACCENT, INK, SOFT = "0B6E99", "1A1A1B", "565D63"
MOST_WORDS = 900
"""More characters do not fit beside a chart; what is left out stands in the notes."""


def write_slides(path: Path, edition: Edition, *, on: date) -> None:
    """A title with the counts, then a slide for each declared question in order. on : the day it is dated."""
    from pptx import Presentation

    deck = Presentation()
    deck.slide_width, deck.slide_height = _emu(WIDTH), _emu(HEIGHT)
    _date(deck, edition, on)
    answers = answer_rows(edition)
    _title_slide(deck, edition, answers)
    for answer in answers:
        _answer_slide(deck, answer, edition)
    stream = BytesIO()
    deck.save(stream)
    path.write_bytes(with_fixed_times(stream.getvalue(), on))


def _emu(inches: float) -> int:
    return round(inches * INCH)


def _date(deck: Presentation, edition: Edition, on: date) -> None:
    about, noon = deck.core_properties, datetime.combine(on, time(12))
    about.title, about.author, about.last_modified_by = (
        f"{edition.study.title}, {edition.period}",
        "linkage",
        "linkage",
    )
    about.subject, about.keywords, about.comments, about.revision = "", "", "", 1
    about.created = about.modified = about.last_printed = noon


def _slide(deck: Presentation, title: str, size: float = 28) -> Slide:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    shape = slide.shapes.title
    shape.left, shape.top = _emu(MARGIN), _emu(0.4)
    shape.width, shape.height = _emu(WIDTH - 2 * MARGIN), _emu(1.1)
    _say(shape.text_frame, [title], size=size, bold=True)
    return slide


def _say(frame: object, texts: list[str], *, size: float, bold: bool = False, color: str = INK) -> None:
    """Fill a text frame with paragraphs, aligned to the left and never larger than its box."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    for place, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = _clean(text), Pt(size), bold
        run.font.color.rgb, run.font.name = RGBColor.from_string(color), "Arial"
        paragraph.space_after = Pt(6)


def _clean(text: str) -> str:
    """Text without the control characters that no slide can hold."""
    return "".join(c for c in str(text) if c == "\n" or c == "\t" or ord(c) >= 32)


def _box(slide: Slide, left: float, top: float, width: float, height: float) -> object:
    return slide.shapes.add_textbox(_emu(left), _emu(top), _emu(width), _emu(height)).text_frame


def _title_slide(deck: Presentation, edition: Edition, answers: list[Row]) -> None:
    said = headline(answers, edition)
    slide = _slide(deck, said[0], size=24)
    where = f"{edition.study.title} \N{MIDDLE DOT} {edition.period}"
    _say(_box(slide, MARGIN, 1.7, WIDTH - 2 * MARGIN, 0.6), [where], size=18, color=SOFT)
    for place, word in enumerate(COUNTED):
        left = MARGIN + place * 2.4
        count = sum(a["verdict"] == word for a in answers)
        _say(_box(slide, left, 2.6, 2.3, 0.9), [f"{count}"], size=44, bold=True, color=ACCENT)
        _say(_box(slide, left, 3.5, 2.3, 0.5), [word], size=16)
    rest = [*said[1:], *troubles(edition)]
    _say(_box(slide, MARGIN, 4.5, WIDTH - 2 * MARGIN, 2.4), rest, size=16)
    _note(slide, [*said, *troubles(edition), "\u201cGoes with\u201d is an association, not proof."])


def _answer_slide(deck: Presentation, answer: Row, edition: Edition) -> None:
    slide = _slide(deck, str(answer["question"]))
    level = f"{answer['level']}: {MEANING[answer['level']]}" if answer["level"] else ""
    badge = " \N{MIDDLE DOT} ".join(filter(None, [str(answer["verdict"]), level, str(answer["against"])]))
    _say(_box(slide, MARGIN, 1.45, WIDTH - 2 * MARGIN, 0.5), [badge], size=16, bold=True, color=ACCENT)
    dots, unit = dots_of(answer, edition)
    if dots:
        place = tuple(_emu(v) for v in (MARGIN, 2.1, 6.4, 4.7))
        add_dots(slide, dots, place=place, unit=unit, name=str(answer["question"]))
    left = MARGIN + 6.7 if dots else MARGIN
    said = _fitting([answer["sentence"]] if answer["sentence"] else answer["sentences"])
    size = 12 if sum(map(len, said)) > 420 else 16
    _say(_box(slide, left, 2.1, WIDTH - MARGIN - left, 4.7), said, size=size)
    _note(slide, caveats(answer))


def _fitting(sentences: list[str]) -> list[str]:
    """As many sentences as a slide holds, and how many more the notes hold."""
    kept: list[str] = []
    for sentence in sentences:
        if kept and sum(map(len, kept)) + len(sentence) > MOST_WORDS:
            return [*kept, f"{len(sentences) - len(kept)} more in the notes."]
        kept.append(str(sentence))
    return kept


def dots_of(answer: Row, edition: Edition) -> tuple[list[Dot], str]:
    """What an answer's chart shows: a dot with its interval for each driver that was estimated, and their unit."""
    effects = [effect_of(row, edition) for row in answer["findings"]]
    known = [e for e in effects if e.estimate is not None]
    dots = [Dot(e.step, e.estimate, e.low, e.high) for e in known]
    return dots, known[0].unit if known else ""


def caveats(answer: Row) -> list[str]:
    """The notes: each driver's sentence, what its level means, what is not shown, and every check not passed."""
    said = []
    for row in answer["findings"]:
        said.append(str(row["sentence"]))
        said.append(f"Level {row['level']}: {MEANING[row['level']]}. Verdict: {counted(row)}.")
        if row["verdict"] != LINKED or NOT_SHOWN[row["level"]] not in str(row["sentence"]):
            said.append(NOT_SHOWN[row["level"]])
        said.append(f"How: {row['method']}. Held fixed: {', '.join(row['controls']) or 'nothing'}.")
        said += [
            f"{c['verdict']} {c['name']}: {c['advice']}"
            for c in row["checks"]
            if c["verdict"] in (REVIEW, FAIL)
        ]
    return said or [str(sentence) for sentence in answer["sentences"]]


def _note(slide: Slide, texts: list[str]) -> None:
    slide.notes_slide.notes_text_frame.text = "\n".join(map(_clean, filter(None, texts)))
