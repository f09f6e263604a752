"""What mkdocs asks of us while it builds: the generated pages, their places in the navigation, the fence of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import reference
import rule_pages
from answer_fence import fence
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from unstuck.rules.registry import load

ROOT = Path(__file__).parents[2]
COPIED = {
    "changelog.md": ROOT / "CHANGELOG.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
    "reference/schema.json": reference.SCHEMA,
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the navigation with the rules and the decisions, and make the fence known."""
    fences = config.mdx_configs.setdefault("pymdownx.superfences", {}).setdefault("custom_fences", [])
    fences.append({"name": "answer", "class": "answer", "format": fence})
    decisions = sorted(path.name for path in Path(config.docs_dir, "decisions").glob("*.md"))
    _fill(config.nav or [], {"Rules": _rules(), "Decisions": [f"decisions/{name}" for name in decisions]})
    return config


def _rules() -> list[Any]:
    groups: dict[str, list[Any]] = {title: [] for title in rule_pages.families().values()}
    for code, rule in load().items():
        groups[rule_pages.families()[rule_pages.family(rule)]].append({f"{code} {rule.name}": f"rules/{code}.md"})
    return ["rules/index.md", *({title: rules} for title, rules in groups.items())]


def _fill(nav: list[Any], known: dict[str, list[Any]]) -> None:
    for entry in nav:
        if isinstance(entry, dict):
            for title, below in entry.items():
                if title in known and not below:
                    entry[title] = known[title]
                elif isinstance(below, list):
                    _fill(below, known)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    made: dict[str, str] = {**rule_pages.pages(), **reference.pages()}
    made |= {address: path.read_text(encoding="utf-8") for address, path in COPIED.items()}
    for address, text in made.items():
        files.append(File.generated(config, address, content=text))
    return files
