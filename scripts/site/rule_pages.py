"""The rules as pages: what a rule says of itself, its thresholds, its relatives, and its executed example."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from unstuck.core.finding import Remedy
from unstuck.core.markdown import sections, table
from unstuck.experiment.interventions.building_blocks.registry import load as interventions
from unstuck.rules.registry import load
from unstuck.rules.rule import ANY_CAUSE, Rule

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "rules"
KEPT = ROOT / "docs" / "examples"
CODE = re.compile(r"(?<![`\w\[/-])([A-Z]{3}\d{3})(?![\w`\]])")
LEAD = """\
{} rules read the record of a run. Each has a page: what it measures, why that hurts, how it decides, what to do, what
it cannot see, and a whole program on which it fires. `unstuck rules` lists them, `unstuck explain LOS101` prints a page
without the program.

A severity is *the most* that a rule may say: where the evidence is weaker, it says less."""
ANY = "any cause: every [error or warning](index.md) that is not itself such a symptom"
CONSEQUENCE = "Where one of these fires as well, this finding is folded under it as a consequence:"
CAUSE = "It can be the cause of these, which are then folded under it:"
ALONE = "It stands alone: no other rule explains it, it explains no other."
NO_REMEDY = "This rule writes its remedies for the case at hand; the answer shows them."


def family(rule: type[Rule]) -> str:
    """The first three letters of its code."""
    return rule.code[:3]


def families() -> dict[str, str]:
    """Family → its title, from the docstring of its folder."""
    found = {}
    for rule in load().values():
        package = inspect.getmodule(rule).__package__  # type: ignore[union-attr]
        module = __import__(str(package), fromlist=["__doc__"])
        found[family(rule)] = str(module.__doc__).strip().rstrip(".")
    return found


def pages() -> dict[str, str]:
    """Address within the documentation → Markdown, for every rule and their index."""
    made = {f"rules/{code}.md": page(rule) for code, rule in load().items()}
    return {"rules/index.md": index(), **made}


def index() -> str:
    """All rules by family."""
    rules = load()
    parts = ["# Rules", LEAD.format(len(rules))]
    for letters, title in families().items():
        rows = [
            (f"[{code}]({code}.md)<br>[{rule.name}]({code}.md)", _severity(rule), first_sentence(rule))
            for code, rule in rules.items() if family(rule) == letters
        ]  # fmt: skip
        listed = "\n".join(table(("rule", "up to", "what it says"), rows))
        parts += [f"## {title} ({letters}) {{ #{letters.lower()} }}", listed]
    return "\n\n".join(parts) + "\n"


def first_sentence(rule: type[Rule]) -> str:
    """The first line of its page."""
    return inspect.cleandoc(rule.__doc__ or "").splitlines()[0]


def page(rule: type[Rule]) -> str:
    """The whole page of one rule."""
    lead, named = sections(inspect.cleandoc(rule.__doc__ or ""))
    group = f"[{families()[family(rule)]}](index.md#{family(rule).lower()}){{ .family }}"
    head = f"# {rule.code} {rule.name}\n\n{_severity(rule)} {group}"
    first, *more = lead.split("\n\n")
    lead = "\n\n".join([f"**{first}**", *more])
    extra = {"How it decides": _thresholds(rule), "Remedies": _remedies(rule)}
    told = [
        "\n\n".join(filter(None, [f"## {heading}", linked(body, rule.code), extra.get(heading, "")]))
        for heading, body in named.items()
    ]
    references = told.pop()
    parts = [head, linked(lead, rule.code), *told, _relatives(rule), _program(rule), references]
    return "\n\n".join(parts) + "\n"


def linked(text: str, own: str) -> str:
    """The text with the codes of other rules as links, outside of code and headings."""
    known, fenced, lines = load(), False, []
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and not line.startswith("#"):
            line = CODE.sub(lambda m: f"[{m[1]}]({m[1]}.md)" if m[1] in known and m[1] != own else m[1], line)
        lines.append(line)
    return "\n".join(lines)


def _severity(rule: type[Rule]) -> str:
    return f"<span class='severity {rule.severity}'>{rule.severity}</span>"


def _remedies(rule: type[Rule]) -> str:
    rows = [(f"`{one.name}`", one.text, str(one.applicability), _carried_out(one)) for one in remedies(rule)]
    listed = "\n".join(table(("remedy", "what to do", "promise", "tried as"), rows))
    legend = "*safe* undoes a plain mistake, *trial* is worth an experiment, *manual* is yours to do."
    return f"{listed}\n\n{legend}" if rows else NO_REMEDY


def remedies(rule: type[Rule]) -> list[Remedy]:
    """The remedies that its file holds as values, by name once each."""
    found: dict[str, Remedy] = {}
    for value in vars(inspect.getmodule(rule)).values():
        some = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        found |= {one.name: one for one in some if isinstance(one, Remedy)}
    return [*found.values()]


def _carried_out(remedy: Remedy) -> str:
    names = [name for name, kind in interventions().items() if remedy.name in kind.remedies]
    return ", ".join(f"[`{name}`](../reference/remedies.md#{name})" for name in names) or "–"


def _thresholds(rule: type[Rule]) -> str:
    rows = [
        (f"`{one.name}`", repr(one.default), one.metadata["unit"], linked(one.metadata["source"], rule.code))
        for one in fields(rule)
    ]
    if not rows:
        return "It has no threshold: it decides without a number of its own."
    return "\n".join(table(("threshold", "default", "unit", "source"), rows))


def _relatives(rule: type[Rule]) -> str:
    rules = load()
    causes = [ANY if one == ANY_CAUSE else _link(one, rules) for one in rule.explained_by]
    direct = [code for code, other in rules.items() if rule.code in other.explained_by]
    if ANY_CAUSE not in rule.explained_by:
        direct += [code for code, other in rules.items() if ANY_CAUSE in other.explained_by and code not in direct]
    told = []
    if causes:
        told.append(f"{CONSEQUENCE}\n\n{_list(causes)}")
    if direct:
        told.append(f"{CAUSE}\n\n{_list([_link(code, rules) for code in direct])}")
    return "## Causes and consequences\n\n" + ("\n\n".join(told) or ALONE)


def _link(code: str, rules: Mapping[str, type[Rule]]) -> str:
    return f"[{code}]({code}.md) {rules[code].name}" if code in rules else f"{code} (a rule that is still to come)"


def _list(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _program(rule: type[Rule]) -> str:
    sick, healthy = ((SCRIPTS / rule.code / f"{name}.py").read_text(encoding="utf-8") for name in ("sick", "healthy"))
    cause = re.search(r"^# cause:\s*(.+)$", sick, re.MULTILINE)
    parts = [
        "## A whole program",
        f"It stands in `tests/rules/{rule.code}/`; the tests run it, and what unstuck says here is what it said there.",
        _fence("python", sick, "sick.py"),
    ]
    if cause and rule.code not in cause[1].split():
        named = " or ".join(_link(code, load()) for code in cause[1].split())
        parts.append(f"Here the cause is {named}, and this finding is folded under it.")
    parts += ["### What unstuck answers", _answer(rule)]
    parts += ["### What the healthy program does otherwise", _fence("diff", _diff(sick, healthy), "healthy.py")]
    return "\n\n".join(parts)


def _answer(rule: type[Rule]) -> str:
    kept = KEPT / f"{rule.code}.txt"
    tried = "experiment" in rule.needs
    if tried and not kept.exists():
        return "An experiment decides it: `unstuck run --verify sick.py`."
    if not kept.exists():
        raise FileNotFoundError(f"{kept} is missing: `python scripts/site/examples.py {rule.code}` writes it.")
    command = f"unstuck run {'--verify ' if tried else ''}sick.py"
    said = "An experiment decides it.\n\n" if tried else ""
    return said + _fence("answer", kept.read_text(encoding="utf-8"), command)


def _diff(sick: str, healthy: str) -> str:
    lines = difflib.unified_diff(sick.splitlines(), healthy.splitlines(), lineterm="", n=2)
    return "\n".join([*lines][2:]) + "\n"


def _fence(language: str, text: str, title: str) -> str:
    return f'``` {{ .{language} title="{title}" }}\n{text}```'
