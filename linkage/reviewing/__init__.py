"""The review: a published report proved all over again, judged as a whole, challenged, and signed.

`proof` runs the whole; `lines` is what it says; `published` the report as it lies on disk. Proofs: `files`, `cells`,
`outputs` (`differing`, `pytest_notebooks`), `mending`, `recomputed`, `sentences`, `totals`, `pages`; `exported` with
`workbook`, `lists`, `slides`, `printed` with `pdf_objects`, and `archives`. Judgement: `battery` with `joined`,
`figures` and `wording`; `declared` and `declaration_change`; `challenging`. `sign_off` is who stands by it.
"""
