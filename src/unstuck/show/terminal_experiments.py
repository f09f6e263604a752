"""What was tried, in the terminal: the conclusion, a table sorted by effect, and what was not tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from unstuck.core.diagnosis import OWN_END
from unstuck.core.experiment import PAIRS, RE_RUN, TrialVerdict
from unstuck.core.trial_verdict import gain_of
from unstuck.core.words import clean, count, duration
from unstuck.show.proofs import came_to, conclusion, figure_says, gain_in_words, percent, reference, warnings
from unstuck.show.reasons import reason_of
from unstuck.show.terminal_finding import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Results, Trial

STYLE = {
    TrialVerdict.VERIFIED: "bold green", TrialVerdict.REFUTED: "yellow", TrialVerdict.NO_DIFFERENCE: "dim",
    TrialVerdict.NOT_TESTED: "dim",
}  # fmt: skip
INTERRUPTED = "interrupted: what was not tried by then is missing"
MOST_ROWS = 12
NARROW = 96
"""columns below which the number of pairs is left to the report"""


def render_experiments(results: Results, diagnosis: Diagnosis, console: Console) -> RenderableType:
    """Heading, table, what was not tested, conclusion."""
    measured = sorted((trial for trial in results.trials if trial.effect is not None), key=gain_of, reverse=True)
    parts: list[RenderableType] = [hanging(line, console) for line in _heading(results, diagnosis)]
    if measured:
        parts.append(_table(measured, narrow=console.width < NARROW))
        parts.append(hanging(Text(explained(reference(measured[0], diagnosis), measured), style="dim"), console))
    parts += [hanging(line, console) for line in _not_tested(results)]
    parts += [hanging(line, console) for line in _conclusion(diagnosis)]
    return Group(*parts)


def _heading(results: Results, diagnosis: Diagnosis) -> Iterator[Text]:
    yield Text.assemble(
        ("experiments: ", "bold") if results.way == RE_RUN else (f"experiments ({results.way} of objects): ", "bold"),
        f"{how(results)}, {length(results, diagnosis)}, {duration(round(results.seconds))} in all",
    )
    if results.interrupted:
        yield Text(INTERRUPTED, style="yellow")
    for warning in warnings(results):
        yield Text(warning, style="yellow")


def how(results: Results) -> str:
    """Whether single changes were tried, or sets of them too."""
    sets = any(one.on_top_of for one in results.trials)
    return "changes one at a time and together" if sets else "one change at a time"


def length(results: Results, diagnosis: Diagnosis) -> str:
    """``all 840 steps``, ``the first 200 of 840 steps``; of a run that was ended on its way ``the first 840 steps``."""
    if not results.of_steps or not diagnosis.trainings:  # of a preflight nobody knows how long the run is
        return f"at most {count(results.steps, 'step')}"
    if results.steps >= results.of_steps:
        return f"{'all' if diagnosis.ended in OWN_END else 'the first'} {count(results.of_steps, 'step')}"
    return f"the first {results.steps} of {count(results.of_steps, 'step')}"


def _table(trials: list[Trial], *, narrow: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("change", overflow="fold")
    for name in ("learned without", "with"):
        table.add_column(name.replace(" ", "\n") if narrow else name, justify="right", no_wrap=True)
    table.add_column("gain [95 %]", no_wrap=True)
    if not narrow:
        table.add_column("pairs", justify="right")
    table.add_column("verdict", overflow="fold")
    for trial in trials[:MOST_ROWS]:
        row = _row(trial)
        table.add_row(*(row[:4] + row[5:] if narrow else row))
    if len(trials) > MOST_ROWS:
        table.add_row(Text(f"and {len(trials) - MOST_ROWS} more", style="dim"))
    return table


def explained(base: str, trials: Sequence[Trial]) -> str:
    """What the numbers of the table are."""
    said = f"learned: 0 % is {base}, 100 % no error, −100 % twice {base} or more; a gain counts from 0 %"
    open_ = [one for one in trials if one.alongside is not None and one.verdict is not TrialVerdict.VERIFIED]
    if any(one.alongside.promising for one in open_ if one.alongside is not None):
        said += "; a change must also end below the whole run without it"
    return said


def _row(trial: Trial) -> list[Text]:
    effect = trial.shown
    assert effect is not None
    named = Text(clean(trial.title))
    if trial.on_top_of:
        named.append(f" beside {clean(' and '.join(trial.on_top_of))}", style="dim")
    return [
        named, Text(percent(effect.control)), Text(percent(effect.treated), style="bold"), Text(gain_in_words(effect)),
        Text(str(effect.pairs)), Text(verdict(trial), style=STYLE[trial.verdict]),
    ]  # fmt: skip


def verdict(trial: Trial) -> str:
    """In the words of the table: a promising trial that ran out of budget is neither proved nor untested."""
    said = str(trial.verdict)
    if trial.verdict is TrialVerdict.NOT_TESTED and trial.effect is not None:
        said = f"open: {count(trial.effect.pairs, 'pair')} of {PAIRS}"
    elif trial.about_figure is not None:
        said = f"{said}: {figure_says(trial)}" if trial.verdict is TrialVerdict.VERIFIED else f"{said}, of the figure"
    elif trial.on_held_out:
        said = f"{said}, on the held-out loss"
    elif trial.verdict is TrialVerdict.NO_DIFFERENCE and trial.reason is not None:
        said = f"{said} yet"
    return said


def not_tested(results: Results) -> dict[str, list[str]]:
    """The changes that were not measured, by the reason why."""
    beside: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for trial in results.trials:
        if trial.effect is None:
            beside.setdefault((reason_of(trial), trial.on_top_of), []).append(trial.title)
    found: dict[str, list[str]] = {}
    for (why, others), titles in beside.items():
        titles[-1] += f" beside {' and '.join(others)}" if others else ""
        found.setdefault(why, []).extend(titles)
    return found


def _not_tested(results: Results) -> Iterator[Text]:
    for why, titles in not_tested(results).items():
        yield Text(clean(f"not tested ({why}): {', '.join(titles)}"), style="dim")


def _conclusion(diagnosis: Diagnosis) -> Iterator[Text]:
    results, said = diagnosis.experiments, conclusion(diagnosis)
    if results is None or not said:
        return
    if not results.sufficient:
        yield Text.assemble(("conclusion: ", "bold"), clean(said))
        return
    base = reference(results.trials[0], diagnosis)
    yield Text.assemble(
        ("proved: ", "bold green"),
        clean(f"{said}: {came_to(results, base, ran=bool(diagnosis.trainings))}"),
    )
