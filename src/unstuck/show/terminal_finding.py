"""One finding in the terminal, like a compiler's message: what, where, the evidence, the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unstuck.core.experiment import TrialVerdict
from unstuck.core.finding import Confidence, Severity
from unstuck.core.trial_verdict import is_counted
from unstuck.core.words import clean, measure
from unstuck.show.diff import lines_of
from unstuck.show.example_words import confidence_of, how_many, listed
from unstuck.show.places import in_data, parts, row_name_of, title
from unstuck.show.source import names_called, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Evidence, Examples, Finding, Place
    from unstuck.show.folding import Cause
    from unstuck.show.proofs import Help
    from unstuck.show.source import Sources

STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
PROVED = {
    TrialVerdict.VERIFIED: ("proved", "bold green"), TrialVerdict.REFUTED: ("refuted", "bold yellow"),
    TrialVerdict.NO_DIFFERENCE: ("no difference seen", "bold"), TrialVerdict.NOT_TESTED: ("not decided", "bold"),
}  # fmt: skip
NO_HARM = "no harm seen"
"""of examples that were counted, and that the run does as well without"""
NO_PATCH = "; no patch: its place in the script is not certain"
DIFF = {"added": "green", "removed": "red", "place": "cyan", "same": "dim"}
EDGE = "blue"
FIRST_INDICES = 8
INDENT = 4


def render_cause(
    cause: Cause, sources: Sources, training: Training | None, console: Console, helps: Sequence[Help] = (),
    among: str = "", also: str = "",
) -> RenderableType:  # fmt: skip
    """A cause with its evidence and fixes, and one line for each consequence.

    ``among`` says which training it is about, where there are several; ``also`` where else it is.
    """
    finding = cause.ranked.finding
    lines = [place.line or 0 for place in (finding.place, finding.used_at) if place]
    gutter = max(2, len(str(max(lines))))
    rows = Table.grid(padding=0, expand=True)
    rows.add_column(width=gutter + 1)
    rows.add_column(width=2, style=EDGE)
    rows.add_column(ratio=1)
    for fact in (*([_fact("in", among)] if among else []), *_facts(cause, helps, also)):
        rows.add_row("", "=", fact)
    places = _places(finding, sources, training, gutter, console.width)
    return Group(hanging(headline_of(finding), console), *places, rows)


def hanging(text: Text, console: Console) -> Text:
    """The text wrapped, with all its lines but the first set in."""
    lines = text.wrap(console, console.width - INDENT)
    return Text("\n" + " " * INDENT).join(lines)


def headline_of(finding: Finding) -> Text:
    """Severity, code, name, and what it says."""
    style = STYLE[finding.severity]
    return Text.assemble(
        (f"{finding.severity}[{finding.code}] ", style), (f"{finding.name}: ", "bold"), clean(finding.message)
    )


def _places(
    finding: Finding, sources: Sources, training: Training | None, gutter: int, width: int
) -> Iterator[RenderableType]:
    used = finding.used_at
    name = row_name_of(finding)
    yield from _place(finding.place, "-->", "^", STYLE[finding.severity], sources, training, gutter, width, name)
    if used is not None and (used.file, used.line) != (finding.place.file, finding.place.line):
        yield from _place(used, ":::", "-", EDGE, sources, training, gutter, width)
    yield Text(" " * gutter + " |", style=EDGE)


def _place(
    place: Place, arrow: str, underline: str, style: str, sources: Sources, training: Training | None,
    gutter: int, width: int, row_name: str = "",
) -> Iterator[RenderableType]:  # fmt: skip
    where = sources.where(place)
    label = _label(place, where, "used here" if arrow == ":::" else "", row_name)
    if not label:
        return
    yield Text.assemble((" " * (gutter - 1) + arrow, EDGE), " ", label, overflow="fold")
    line = sources.line(place, names_called(training, place))
    if line is None:
        return
    line = window(line, width - gutter - 3)
    edge = Text(" " * gutter + " |", style=EDGE)
    if arrow == "-->":
        yield edge
    yield Text.assemble((f"{line.number:>{gutter}} | ", EDGE), line.text, no_wrap=True, overflow="crop")
    marks = " " * (line.start + 1) + underline * (line.end - line.start)
    yield Text.assemble(edge, (marks, style), no_wrap=True, overflow="crop")


def _label(place: Place, where: str, role: str, row_name: str) -> str:
    if in_data(place):
        return title(place, where, row_name)
    about = ", ".join(filter(None, (role, *(f"{kind} {name}" for kind, name in parts(place)))))
    return f"{where} ({about})" if where and about else where or about


def _facts(cause: Cause, helps: Sequence[Help], also: str) -> Iterator[RenderableType]:
    finding = cause.ranked.finding
    if finding.evidence:
        yield _evidence(finding.evidence)
    if finding.first_step:
        yield _fact("since", f"step {finding.first_step}")
    if finding.examples is not None:
        yield _fact("examples", examples_in_words(finding, finding.examples))
    if also:
        yield _fact("also", also)
    for fix in helps:
        yield _fix(fix)
        if fix.judged.trial is not None:
            yield _proof(fix, finding)
    for ranked in cause.consequences:
        other = ranked.finding
        yield Text(f"consequence: {other.code} {other.name}: {clean(other.message)}", style="dim")
    tried = finding.confidence in (Confidence.VERIFIED, Confidence.REFUTED) or does_no_harm(finding, helps)
    if not tried or not any(fix.judged.trial for fix in helps):  # else its proof is more exact
        yield _fact("confidence", confidence_of(finding))
    yield _fact("more", f"unstuck explain {finding.code}")


def does_no_harm(finding: Finding, helps: Sequence[Help]) -> bool:
    """Whether it was counted in the data, and an experiment showed that the run does as well without."""
    return is_counted(finding) and any(fix.judged.verdict is TrialVerdict.REFUTED for fix in helps)


def _fact(name: str, text: str) -> Text:
    return Text.assemble((f"{name}: ", "bold"), text)


def _evidence(evidence: tuple[Evidence, ...]) -> RenderableType:
    thresholds = any(item.threshold is not None for item in evidence)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(Text("evidence:", style="bold not dim"))
    table.add_column("value", justify="right", no_wrap=True)
    if thresholds:
        table.add_column("threshold", justify="right", no_wrap=True)
    for item in evidence:
        row = [Text(clean(item.label)), Text(measure(item.value, item.unit), style="bold")]
        if thresholds:
            limit = "" if item.threshold is None else measure(item.threshold, item.unit)
            row.append(Text(limit, style="dim"))
        table.add_row(*row)
    return table


def examples_in_words(finding: Finding, examples: Examples) -> str:
    """How many, and the first of them."""
    first = ", ".join(listed(examples, FIRST_INDICES))
    more = ", …" if examples.count > FIRST_INDICES else ""
    return f"{how_many(finding, examples)}{f': {first}{more}' if first else ''}"


def _fix(fix: Help) -> RenderableType:
    remedy = fix.remedy
    sentence = Text.assemble(
        ("fix: ", "bold green"), clean(remedy.text), (f"  ({remedy.name}, {remedy.applicability})", "dim")
    )
    if fix.patch:
        return Group(sentence, *(Padding(line, (0, 0, 0, INDENT)) for line in _diff(fix.patch)))
    if not remedy.code.strip():
        return sentence
    code = Text(clean(remedy.code.strip("\n")), style="green", overflow="fold")
    return Group(sentence, Padding(code, (0, 0, 0, INDENT)))


def _diff(patch: str) -> Iterator[Text]:
    for kind, line in lines_of(patch):
        crop = kind == "same"
        yield Text(clean(line), style=DIFF[kind], overflow="ellipsis" if crop else "fold", no_wrap=crop)


def _proof(fix: Help, finding: Finding) -> Text:
    name, style = PROVED[fix.judged.verdict]
    if does_no_harm(finding, [fix]):
        name = NO_HARM
    unwritten = NO_PATCH if fix.judged.verdict is TrialVerdict.VERIFIED and not fix.patch else ""
    return Text.assemble((f"{name}: ", style), clean(fix.judged.why), (unwritten, "dim"))
