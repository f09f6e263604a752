"""The generated pages: complete, and every link of theirs leads somewhere; the build checks the rest."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import answer_fence
import pytest
import reference
import rule_pages

from unstuck.experiment.interventions.building_blocks.registry import load as interventions
from unstuck.rules.registry import load

ROOT = Path(__file__).parents[2]
PAGES = rule_pages.pages() | reference.pages()


def test_every_rule_has_a_page_and_stands_in_the_index():
    index = PAGES["rules/index.md"]
    for code, rule in load().items():
        assert PAGES[f"rules/{code}.md"].startswith(f"# {code} {rule.name}\n")
        assert f"[{code}]({code}.md)<br>[{rule.name}]" in index


@pytest.mark.parametrize("code", load())
def test_page_has_thresholds_program_answer_and_difference(code):
    page = PAGES[f"rules/{code}.md"]
    for one in fields(load()[code]):
        unit = one.metadata["unit"].replace("|", "\\|")
        assert f"| `{one.name}` | {one.default!r} | {unit} |" in page
    assert (ROOT / "tests" / "rules" / code / "sick.py").read_text(encoding="utf-8") in page
    assert "``` { .answer " in page or "experiment" in load()[code].needs
    assert re.search(r"^-.+\n\+|^\+.+|^-.+", page.partition("{ .diff ")[2], re.MULTILINE)


@pytest.mark.parametrize("address", PAGES)
def test_links_of_generated_pages_lead_to_pages(address):
    targets = re.findall(r"\]\(([^)#:]+\.md)(?:#[\w-]+)?\)", PAGES[address])
    for target in targets:
        found = (Path("/") / Path(address).parent / target).resolve().relative_to("/").as_posix()
        assert found in PAGES or (ROOT / "docs" / found).exists(), f"{address} → {target}"


def test_causes_are_linked_both_ways():
    for code, rule in load().items():
        for cause in rule.explained_by:
            if cause in load():
                assert f"[{cause}]({cause}.md)" in PAGES[f"rules/{code}.md"]
                assert f"[{code}]({code}.md)" in PAGES[f"rules/{cause}.md"]


def test_codes_become_links_outside_of_code_only():
    text = "see LOS101\n```python\n# LOS101\n```\n`LOS101` and LOS102"
    linked = rule_pages.linked(text, own="LOS102")
    assert linked == "see [LOS101](LOS101.md)\n```python\n# LOS101\n```\n`LOS101` and LOS102"


def test_remedies_page_has_every_intervention():
    assert all(f"## {name} {{ #{name} }}" in PAGES["reference/remedies.md"] for name in interventions())


def test_commands_page_has_every_option_of_run():
    page = PAGES["reference/commands.md"]
    for option in ("--fail-on", "--budget", "--no-layers", "--verify-budget", "--write-patch"):
        assert option in page


def test_schema_page_has_every_object():
    assert all(f"## {name} " in PAGES["reference/json.md"] for name in ("finding", "training", "experiments"))


def test_first_command_of_the_documentation_is_that_of_the_readme():
    blocks = [
        re.findall(r"^```sh\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for name in ("README.md", "docs/start.md")
    ]
    assert blocks[0][0] == blocks[1][0]


def test_answer_is_coloured_and_stays_what_it_is():
    answer = "error[LOS101] <b>: it\n --> a.py:1\n1 | x\n  | ^\n30 rules: 1 fired"
    html = answer_fence.coloured(answer)
    plain = re.sub(r"</?span[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">")
    assert plain == answer
    assert '<span class="verdict">error[LOS101]</span>' in html
