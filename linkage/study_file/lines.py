"""A link as the lines of study.yml that declare it."""

from __future__ import annotations

import yaml

from linkage.study_file.declaration import LinkSpec

SHOWN = ("question", "grain", "outcome", "drivers", "controls")
"""Always written out, as a reader looks for them; the rest only where it differs from what is taken anyway."""

NO_GRAIN = "# Its table had no grain: say which linkage table holds these columns, such as survey."


def declaration_of(spec: LinkSpec) -> str:
    """The lines for `links` of study.yml, indented to be pasted below that heading."""
    plain = LinkSpec.model_construct(name=spec.name, question="", grain=spec.grain, outcome="", drivers=())
    said = {}
    for name in LinkSpec.model_fields:
        value = getattr(spec, name)
        if name != "name" and (name in SHOWN or value != getattr(plain, name)):
            said[name] = _plain(value)
    text = yaml.safe_dump(
        {_name_of(spec): said}, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    lines = [NO_GRAIN, *text.splitlines()] if spec.grain == "row" else text.splitlines()
    return "".join(f"  {line}\n" for line in lines)


def _name_of(spec: LinkSpec) -> str:
    """Its name; a question asked by the way has none yet."""
    return spec.name if spec.name != "asked" else f"{spec.drivers[0]}_and_{spec.outcome}"


def _plain(value: object) -> object:
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(exclude_defaults=True))
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value
