"""What was tried, in the terminal: a table sorted by effect, and the changes that make it learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from unstuck.core.experiment import Proof
from unstuck.show.text_finding import hanging
from unstuck.show.words import clean, count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from unstuck.core.experiment import Effect, Results, Trial

STYLE = {
    Proof.VERIFIED: "bold green", Proof.REFUTED: "yellow", Proof.NO_DIFFERENCE: "dim", Proof.NOT_TESTED: "dim",
}  # fmt: skip
MOST_ROWS = 12


def render_experiments(results: Results, console: Console) -> RenderableType:
    """Heading, table, conclusion."""
    return Group(*(hanging(line, console) for line in _heading(results)), _table(results), *(
        hanging(line, console) for line in _conclusion(results)
    ))  # fmt: skip


def _heading(results: Results) -> Iterator[Text]:
    length = f"the first {results.steps} of {count(results.of_steps, 'step')}"
    if results.steps >= results.of_steps:
        length = f"all {count(results.of_steps, 'step')}"
    yield Text.assemble(
        ("experiments: ", "bold"), f"the script again with one change, {length}, in {duration(results.seconds)}"
    )
    if not results.repeatable:
        yield Text("two runs without any change differ: what is random here is not all under control", style="yellow")


def _table(results: Results) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("change", "learned without", "with", "gain (95 %)", "pairs", "verdict"):
        table.add_column(name, justify="right" if name in ("learned without", "with", "pairs") else "left")
    for trial in results.trials[:MOST_ROWS]:
        table.add_row(*_row(trial))
    if len(results.trials) > MOST_ROWS:
        table.add_row(Text(f"and {len(results.trials) - MOST_ROWS} more, see the report", style="dim"))
    return table


def _row(trial: Trial) -> list[Text]:
    named = clean(trial.title) + (f" on top of {', '.join(trial.on_top_of)}" if trial.on_top_of else "")
    verdict = Text(str(trial.proof), style=STYLE[trial.proof])
    if trial.why:
        verdict.append(f" ({clean(trial.why)})", style="dim")
    elif trial.codes:
        verdict.append(f" {' '.join(trial.codes)}")
    effect = trial.effect
    if effect is None:
        return [Text(named), Text(), Text(), Text(), Text(), verdict]
    return [
        Text(named), Text(learned(effect.control)), Text(learned(effect.treated), style="bold"), Text(gain(effect)),
        Text(str(effect.pairs)), verdict,
    ]  # fmt: skip


def _conclusion(results: Results) -> Iterator[Text]:
    if results.sufficient:
        yield Text.assemble(
            ("proved: ", "bold green"), f"{' and '.join(results.sufficient)} makes it learn: ",
            f"{learned(results.reached_after)} of the constant answer's loss is gone, "
            f"{learned(results.reached)} without",
        )
    elif any(trial.effect is not None for trial in results.trials):
        yield Text("nothing that was tried makes a large difference here")


def learned(share: float) -> str:
    """``94 %``; ``-100 %`` stands for all that is worse."""
    return f"{100 * share:.0f} %"


def gain(effect: Effect) -> str:
    """``+91 % [+88, +94]``."""
    return f"{100 * effect.gain:+.0f} % [{100 * effect.low:+.0f}, {100 * effect.high:+.0f}]"
