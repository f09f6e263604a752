"""Reference pages from the code: the commands and their options, the remedies that can be tried, the JSON schema."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer.main

from unstuck.cli.main import VERBS, application
from unstuck.core.markdown import table
from unstuck.experiment.interventions.building_blocks.registry import load as interventions

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "src" / "unstuck" / "show" / "schema.json"
COMMANDS = """\
`unstuck VERB --help` prints the same. Options of ours come before the program; every word after it belongs to the
program."""
REMEDIES = """\
`unstuck trial NAME` tries one of these {} changes on the last run, `unstuck trial NAME=VALUE train.py` on a script;
`unstuck verify` chooses among them by itself. Each is applied from outside while your script runs again; your file is
not touched. How that works: [Proof by experiment](../proof.md)."""


def pages() -> dict[str, str]:
    """Address within the documentation → Markdown."""
    return {
        "reference/commands.md": commands(),
        "reference/remedies.md": remedies(),
        "reference/json.md": schema(),
    }


def commands() -> str:
    """Every verb with its arguments and options."""
    group: Any = typer.main.get_command(application())
    parts = ["# Commands", COMMANDS]
    for verb in VERBS:
        command = group.commands[verb]
        context = command.make_context(verb, [], resilient_parsing=True)
        usage = " ".join(command.collect_usage_pieces(context))
        rows = [row for one in command.params if (row := _option(one, context))]
        listed = "\n".join(table(("", "what it is"), rows)) if rows else ""
        text = inspect.cleandoc(command.help or "")
        parts += [f"## unstuck {verb} {{ #{verb} }}", f"```text\nunstuck {verb} {usage}\n```", text, listed]
    return "\n\n".join(part for part in parts if part) + "\n"


def _option(one: Any, context: Any) -> tuple[str, str] | None:
    record = one.get_help_record(context)
    if record is None:
        return None
    names, told = (" ".join(str(cell).split()) for cell in record)
    names = names.strip().removeprefix("/").strip()
    return f"`{names}`", _escaped(told)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("[", "\\[")


def remedies() -> str:
    """Every intervention: what it changes, its settings, the remedies that it carries out."""
    kinds = interventions()
    parts = ["# Remedies that can be tried", REMEDIES.format(len(kinds))]
    for name, kind in kinds.items():
        text = inspect.cleandoc(kind.__doc__ or "")
        told = [f"Changes **{kind.changes}**." if kind.changes else "", text]
        settings = [f"`{one.name}` = {one.default!r}" for one in fields(kind)]
        if settings:
            told.append(f"Settings: {', '.join(settings)}.")
        if kind.remedies:
            told.append("Carries out: " + ", ".join(f"`{one}`" for one in kind.remedies) + ".")
        parts.append(f"## {name} {{ #{name} }}\n\n" + "\n\n".join(filter(None, told)))
    return "\n\n".join(parts) + "\n"


def schema() -> str:
    """The JSON answer, object by object."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    lead = f"{whole['description']} The schema itself: [schema.json](schema.json) (`{whole['$id']}`)."
    parts = ["# JSON", lead, "## The answer\n\n" + _properties(whole)]
    for name, one in whole["$defs"].items():
        told = str(one.get("description", ""))
        body = _properties(one) if "properties" in one else f"Type: {_type(one)}"
        parts.append("\n\n".join(filter(None, [f"## {name} {{ #{name} }}", told, body])))
    return "\n\n".join(parts) + "\n"


def _properties(one: dict[str, Any]) -> str:
    required = set(one.get("required", ()))
    rows = []
    for name, about in one.get("properties", {}).items():
        optional = "" if name in required else " *(may be missing)*"
        rows.append((f"`{name}`", _type(about), f"{about.get('description', '')}{optional}"))
    return "\n".join(table(("field", "type", "meaning"), rows))


def _type(about: dict[str, Any]) -> str:
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name})"
    if "const" in about:
        return f"`{json.dumps(about['const'])}`"
    if "enum" in about:
        return ", ".join(f"`{json.dumps(value)}`" for value in about["enum"])
    for word in ("anyOf", "oneOf"):
        if word in about:
            return " or ".join(_type(one) for one in about[word])
    kind = about.get("type", "anything")
    if kind == "array" and "items" in about:
        return f"list of {_type(about['items'])}"
    if kind == "object" and isinstance(about.get("additionalProperties"), dict):
        return f"object of {_type(about['additionalProperties'])}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
