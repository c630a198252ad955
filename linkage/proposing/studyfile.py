"""The text of study.yml for a proposal: guesses with their evidence as comments, what is not sure commented out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence

from linkage.proposing.longform import long_lines, long_of
from linkage.proposing.measured import MetricGuess
from linkage.proposing.names import label_of
from linkage.proposing.places import as_pattern
from linkage.proposing.proposal import LinkProposal, Proposal, SourceProposal
from linkage.proposing.selects import orders_clash
from linkage.proposing.waits import BESIDE
from linkage.sources.decimal_signs import EITHER

WIDTH = 100


def study_text(name: str, proposal: Proposal) -> str:
    """The whole of study.yml."""
    parts = [
        _head(name, proposal),
        _rule("sources") + "\nsources:\n",
        *(_source(s) for s in proposal.sources),
        _left_out(proposal),
        _rule("metrics") + _metrics(proposal.sources),
        _rule("windows") + f"\nwindows: {{before: {proposal.window} days, after: {proposal.window} days}}\n",
        f"kpis: {{gap_days: {proposal.gap_days}}}   # days without a purchase; see above\n"
        * (proposal.gap_days > 0),
        _rule("links") + _links(proposal.links),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _head(name: str, proposal: Proposal) -> str:
    evidence = f"   # {'; '.join(proposal.evidence)}" if proposal.evidence else ""
    asked = "".join(_comment(f"? {d}") for d in proposal.doubts)
    return (
        f"# Proposed by `linkage new {name}` from the files of a folder. Every line is a guess, with its evidence.\n"
        "# A question mark is a question for you. What was not sure enough is commented out.\n"
        f"# Edit, then: linkage check {name}; linkage report {name}\n"
        f"{asked}\n"
        f"study: {scalar(label_of(name.replace('-', ' ')))}\n"
        f"currency: {proposal.currency}\n"
        f"period: {proposal.period}{evidence}\n"
        "fiscal_year_starts: january\n"
        "timezone: UTC                   # of times written without a zone: such as Europe/Berlin\n"
        "minimum_group: 10               # groups with fewer members are not shown\n"
    ) + _identity(proposal)


def _identity(proposal: Proposal) -> str:
    if not proposal.identity:
        return ""
    said = _comment(
        f"The systems number customers differently, so addresses tell who is who; {proposal.identity}."
    )
    return f"\n{said}identity: {{match: [email]}}\n"


def _rule(title: str) -> str:
    return f"# {'-' * (WIDTH - 4 - len(title))} {title}\n"


def scalar(text: object) -> str:
    """A value as YAML writes it: bare where that is safe, quoted otherwise."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return f"{text:g}"
    plain = str(text)
    safe = re.fullmatch(r"[^\W\d_][\w ./()€$&-]*[\w.)]|[^\W\d_]", plain) and ": " not in plain
    words = {"yes", "no", "true", "false", "null", "on", "off", "y", "n", "none"}
    return plain if safe and plain.lower() not in words else json.dumps(plain, ensure_ascii=False)


def _comment(text: str, indent: str = "") -> str:
    """A comment, wrapped; nothing in it can end it."""
    words, lines, line = re.sub(r"\s+", " ", text).split(" "), [], ""
    for word in words:
        if line and len(indent) + len(line) + len(word) > WIDTH:
            lines.append(line)
            line = "  " + word if text.startswith("?") else word
        else:
            line = f"{line} {word}" if line else word
    return "".join(f"{indent}# {each}\n" for each in [*lines, line])


def _off(text: str) -> str:
    """Lines commented out."""
    return "".join(f"{'' if not line.strip() else '  # '}{line[2:]}\n" for line in text.splitlines())


def _source(source: SourceProposal) -> str:
    head = _comment(f"{source.shown}{': ' if source.why else ''}{'; '.join(source.why)}.", "  ")
    head += "".join(_comment(note, "  ") for note in source.notes)
    head += "".join(_comment(f"? {doubt}", "  ") for doubt in dict.fromkeys(source.doubts))
    head += _comment(f"? Commented out: {source.off}.", "  ") if source.off else ""
    body = f"  {source.name}:\n" + "".join(f"    {line}\n" for line in _spec(source))
    unclear = [f"{name} ({why})" for part in source.parts for name, why in part.left]
    tail = _comment(f"Not used: {', '.join(unclear)}.", "    ") if unclear else ""
    return head + (_off(body) if source.off else body) + tail


def _spec(source: SourceProposal) -> list[str]:
    """The lines of a source's mapping."""
    lines = [f"role: {source.role}"] if source.name != source.role else []
    lines += (
        [f"about: {source.about}"] if source.role == "unit_periods" and source.about != "operations" else []
    )
    lines += _reading(source)
    form = None if source.select else long_of(source)
    lines += _columns(source, form.names if form else {})
    lines += long_lines(source, form, scalar) if form else []
    lines += [f"currency: {scalar(source.currency)}"] if source.currency and not source.select else []
    counted = {time for m in source.metrics if m.span for time in m.span}
    times = [m.ours for m in source.columns if m.ours in BESIDE and m.ours not in counted]
    lines += [f"types: {{{', '.join(f'{t}: time' for t in times)}}}"] if times else []
    pads = ", ".join(f"{column}: {width}" for column, width in source.pad.items())
    lines += [f"pad: {{{pads}}}"] if pads else []
    lines += [f"doubled: {source.doubled}"] if source.doubled else []
    chosen = {m.theirs for m in source.metrics if m.choice}
    splits = {
        m.ours: look.apart
        for p in source.parts
        for m in p.columns
        if m.theirs in chosen and (look := p.look(m))
    }
    lines += [f"split: {{{', '.join(f'{c}: {json.dumps(s)}' for c, s in splits.items())}}}"] if splits else []
    words = [*(w for p in source.parts for w in p.facts.looks.missing), *source.totals]
    missing = list(dict.fromkeys(words))
    lines += [f"missing: [{', '.join(map(scalar, missing))}]"] if missing else []
    return [*lines, *_writing(source)]


def _reading(source: SourceProposal) -> list[str]:
    if source.select:
        return [f"sql: sources/{source.name}.sql"]
    found = source.parts[0].facts.table.found
    files = [f.shown for f in found]
    pattern = as_pattern(files, source.siblings) if len(files) > 1 else None
    one = pattern or (files[0] if len(files) == 1 else None)
    lines = [f"from: {scalar(one)}" if one else f"from: [{', '.join(map(scalar, files))}]"]
    first = found[0]
    lines += [f"sheet: {scalar(first.sheet)}"] if first.sheet else []
    lines += [f"header_rows: {first.header_rows}"] if first.header_rows > 1 else []
    lines += (
        [f"delimiter: {json.dumps(first.delimiter)}"]
        if first.kind == "text" and first.delimiter != ","
        else []
    )
    return lines + ([f"encoding: {first.encoding}"] if first.encoding != "utf-8" else [])


def _columns(source: SourceProposal, items: Collection[str]) -> list[str]:
    """Ours on the left, theirs on the right; in a select they have our names already, and only attributes are named."""
    said: list[tuple[str, str, str]] = []
    raw = source.parts[0].facts.table.first.raw_name
    for mapped in (m for m in source.columns if m.theirs not in items):
        theirs = mapped.ours if source.select else raw(mapped.theirs)
        if mapped.attribute or theirs != mapped.ours:
            said.append((mapped.ours, theirs, mapped.why))
    for metric in (m for m in source.metrics if not m.is_made and m.theirs not in items):
        theirs = metric.name if source.select else raw(metric.theirs)
        if theirs != metric.name and metric.sure:
            said.append((metric.name, theirs, ""))
    if not said:
        return []
    width = max(len(f"{ours}: {scalar(theirs)}") for ours, theirs, _ in said)
    lines = (
        f"  {f'{ours}: {scalar(theirs)}':<{width}}{f'   # {_line(why)}' if why else ''}".rstrip()
        for ours, theirs, why in said
    )
    return ["columns:", *lines]


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _writing(source: SourceProposal) -> list[str]:
    """How numbers and dates are written, where the select has not settled it."""
    if len(source.parts) > 1 or source.grouped:
        return []
    part, lines = source.parts[0], []
    signs = part.facts.looks.signs
    held = [m for m in source.metrics if m.sure and not m.is_made]
    texts = [v for m in held for v, _ in part.facts.columns[m.theirs].values]
    marks = ",." if signs.decimal == EITHER else signs.decimal + (signs.thousands or "")
    needed = any(c in v for v in texts for c in marks)
    if needed and (signs.decimal, signs.thousands) != (".", None):
        why = f"   # {_line(signs.why)}" if signs.why else ""
        lines.append(f"decimal: {json.dumps(signs.decimal)}{why}")
        lines += [f"thousands: {json.dumps(signs.thousands)}"] if signs.thousands else []
    looks = [part.look(m) for m in part.columns]
    dated = [look.dates for look in looks if look and look.dates and look.is_date]
    formats = list(dict.fromkeys(f for form in dated for f in form.formats))
    if formats and not (source.select and orders_clash(source)):
        why = next((form.why for form in dated if form.formats), "")
        lines.append(f"dates: [{', '.join(json.dumps(f) for f in formats)}]   # {_line(why)}")
    return lines


def _left_out(proposal: Proposal) -> str:
    if not proposal.left_out:
        return ""
    listed = "".join(_comment(f"{out.shown}: {out.reason}", "  ") for out in proposal.left_out)
    return "  # Not used:\n" + listed


def _metrics(sources: Sequence[SourceProposal]) -> str:
    live = [(s, m) for s in sources if not s.off for m in s.metrics]
    asked = [m for _, m in live if not m.sure]
    if not any(m.sure for _, m in live):
        return "\n# No number was seen that measures something.\nmetrics: {}\n" + _asked(live, asked)
    lines = ["metrics:"]
    for source in (s for s in sources if not s.off and any(m.sure for m in s.metrics)):
        lines += ["", f"  # {source.name}"]
        sure = [m for m in source.metrics if m.sure]
        width = max(len(m.name) for m in sure) + 1
        lines += [f"  {f'{m.name}:':<{width}} {_metric(source, m)}{_note(m)}" for m in sure]
    return "\n" + "\n".join(lines) + "\n" + _asked(live, asked)


def _asked(live: Iterable[tuple[SourceProposal, MetricGuess]], asked: list[MetricGuess]) -> str:
    if not asked:
        return ""
    lines = [
        "",
        "  # ? Do these measure something? Then declare them: take the sign away, and name them under columns.",
    ]
    lines += [
        f"  # {m.name}: {_metric(s, m)}   # {_line(m.theirs)} in {s.shown}" for s, m in live if not m.sure
    ]
    return "\n".join(lines) + "\n"


def _metric(source: SourceProposal, metric: MetricGuess) -> str:
    said = [f"of: {source.name}", f"label: {_flow(metric.label)}"]
    said += [f"type: {metric.kind}"] if metric.kind != "number" and not metric.choice else []
    if metric.choice:
        column = next(m.ours for m in source.columns if m.theirs == metric.theirs)
        said.append(f"choice: {{{column}: {json.dumps(metric.choice, ensure_ascii=False)}}}")
    said += [f"unit: {_flow(metric.unit)}"] if metric.unit != "point" else []
    said += [f"from: {metric.span[0]}", f"until: {metric.span[1]}"] if metric.span else []
    # The mean of a branch is no answer: no promoters can be counted in it.
    is_mean = source.role == "unit_periods" and metric.measure == "nps"
    said += ["score: mean"] if is_mean else []
    said += [f"scale: [{metric.scale.low:g}, {metric.scale.high:g}]"] if metric.scale else []
    if metric.words:
        said.append(f"words: {{{', '.join(f'{_key(word)}: {number:g}' for word, number in metric.words)}}}")
    return "{" + ", ".join([*said, *(["better: lower"] if metric.better == "lower" else [])]) + "}"


def _flow(text: str) -> str:
    """A value inside braces, where commas and brackets end it."""
    return scalar(text) if re.fullmatch(r"[\w .-]+", text) else json.dumps(text, ensure_ascii=False)


def _key(text: str) -> str:
    """A word before a colon; what could be read as a number, a date or a yes is quoted."""
    plain = re.fullmatch(r"[^\W\d_]{2,}( [^\W\d_]+)*", text)
    return text if plain and scalar(text) == text else json.dumps(text, ensure_ascii=False)


def _note(metric: MetricGuess) -> str:
    said = [*([metric.why] if metric.why else []), *([f"? {metric.doubt}"] if metric.doubt else [])]
    return f"   # {_line('; '.join(said))}" if said else ""


def _links(links: Sequence[LinkProposal]) -> str:
    intro = (
        "\n# Proposed, not yet yours: keep the questions you would ask before seeing any result, put them in\n"
        "# your own words, and add others. They are the family over which false discoveries are controlled.\n"
    )
    if not any(not link.off for link in links):
        return intro + "links: {}\n" + "".join(_off(_link(x)) for x in links)
    live = "".join(_link(link) for link in links if not link.off)
    return (
        intro
        + "links:\n"
        + live
        + "".join(_comment(f"? {x.off}", "  ") + _off(_link(x)) for x in links if x.off)
    )


def _link(link: LinkProposal) -> str:
    lines = [
        f"{link.name}:          # proposed",
        f"  question: {json.dumps(link.question, ensure_ascii=False)}",
        f"  grain: {link.grain}",
        f"  outcome: {link.outcome}",
        f"  drivers: [{', '.join(link.drivers)}]",
        *([f"  controls: [{', '.join(link.controls)}]"] if link.controls else []),
        *([f"  lag: {link.lag}"] if link.lag else []),
        f"  expect: {link.expect}",
    ]
    return "".join(f"  {line}\n" for line in lines)
