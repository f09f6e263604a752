"""The model card, in Markdown: what it is, how good, where it fails, for which inputs it was made."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.core.markdown import table
from unstuck.core.words import count, number
from unstuck.fit.work import Work
from unstuck.show.markdown_escape import plain

MOST_COLUMNS = 60


def model_card(work: Work) -> str:
    """The card."""
    return "".join(f"{line}\n" for line in _lines(work))


def _lines(work: Work) -> Iterator[str]:
    facts, data, goal = work.facts, work.data, work.goal
    yield f"# Model card: {plain(', '.join(data.train.target.names if data.train.target else ()))}"
    yield ""
    why = plain(facts.get("why", ""))
    yield f"- Delivered: {plain(facts.get('delivered', ''))}. {why[:1].upper()}{why[1:]}."
    beside = facts.get("test_beside")
    with_it = f" at {goal.at.about.title} {number(beside)}" if goal.at is not None and beside is not None else ""
    yield (
        f"- Test set: {goal.first.about.title} {number(facts['test_value'])}{with_it} (95 % interval "
        f"{number(facts['test_low'])} to {number(facts['test_high'])}), {count(len(data.test), 'example')} "
        f"({plain(data.how)}), used once."
    )
    met = "no threshold was asked for" if goal.open else "met" if facts.get("met") else "not met"
    yield f"- Goal: {goal} ({met})."
    yield (
        f"- Training data: {plain(data.split.source)}, {count(len(data.train), 'example')}, task {data.task}"
        + (f", classes {plain(', '.join(data.classes[:30]))}." if data.classes else ".")
    )
    if facts.get("useless"):
        yield f"- Warning: {plain(facts['useless'])}."
    yield f"- Seed {work.settings.seed}; `plan.json` makes the same model again."
    yield ""
    yield "## All models, cross-validated on the training examples"
    yield ""
    rows = [(plain(one.title), one.kind, number(work.worth(one).value)) for one in work.candidates.values()]
    yield from table(("model", "kind", plain(goal.title)), rows)
    yield ""
    yield "## Training range"
    yield ""
    preparation = work.preparation
    if preparation.numbers or preparation.categories:
        yield "Nothing is known of inputs outside of it; `unstuck predict` counts such columns in `outside`."
        yield ""
        ranges = [(plain(one.name), f"{number(one.range[0])} to {number(one.range[1])}",
                   "ranks" if one.how == "quantile" else "standardised") for one in preparation.numbers[:MOST_COLUMNS]]
        ranges += [(plain(one.name), plain(", ".join(one.values[:8])) + (", …" if len(one.values) > 8 else ""),
                    "embedding") for one in preparation.categories[:MOST_COLUMNS]]  # fmt: skip
        yield from table(("column", "training values", "preparation"), ranges)
    else:
        yield f"Inputs of the form {preparation.form} like those of {plain(data.split.source)}."
    for name, why in preparation.left_out[:MOST_COLUMNS]:
        yield f"- Not used: {plain(name)} ({plain(why)})."
    yield ""
    yield "## What the audit reports about the data"
    yield ""
    yield from ([f"- {plain(text)}." for text in facts.get("audit", [])] or ["- Nothing."])
    yield ""
    yield facts.get("card", "").rstrip("\n")
