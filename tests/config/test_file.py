"""Where the configuration stands, and what is said of a wrong one: file, key, what was expected, what was got."""

from __future__ import annotations

import re

import pytest

from unstuck.config.file import nearest
from unstuck.config.load import Overrides, selection_from
from unstuck.core.errors import UsageError
from unstuck.rules.registry import load

ALL = set(load())


def project(folder, text, name="pyproject.toml"):
    (folder / name).write_text(text)
    return folder


def test_without_a_file_every_rule_judges(tmp_path):
    selection = selection_from([tmp_path])
    assert set(selection.rules) == ALL
    assert not selection.configuration.changes


def test_the_nearest_file_upwards_is_read(tmp_path):
    project(tmp_path, '[tool.unstuck]\nselect = ["LOS"]')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    project(tmp_path / "a", "[tool.ruff]\nselect = []")
    assert nearest([inner]).select == ("LOS",)
    project(tmp_path / "a", 'select = ["OPT"]', "unstuck.toml")
    assert nearest([inner]).file == str(tmp_path / "a" / "unstuck.toml")


def test_unstuck_toml_is_stronger_than_pyproject_toml(tmp_path):
    project(tmp_path, '[tool.unstuck]\nselect = ["LOS"]')
    project(tmp_path, 'select = ["OPT"]', "unstuck.toml")
    assert nearest([tmp_path]).select == ("OPT",)


def test_the_second_folder_is_asked_where_the_first_has_nothing(tmp_path):
    (tmp_path / "script").mkdir()
    (tmp_path / "cwd").mkdir()
    project(tmp_path / "cwd", 'ignore = ["LOS104"]', "unstuck.toml")
    assert nearest([tmp_path / "script", tmp_path / "cwd"]).ignore == ("LOS104",)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('select = ["LOS", "OPT102"]', {code for code in ALL if code.startswith("LOS")} | {"OPT102"}),
        ('ignore = ["los", "OPT102"]', {code for code in ALL if not code.startswith("LOS")} - {"OPT102"}),
        ('ignore = ["learning-rate-too-low"]', ALL - {"OPT101"}),
        ('select = ["OPT"]\nignore = ["OPT101"]', {code for code in ALL if code.startswith("OPT")} - {"OPT101"}),
    ],
)
def test_codes_names_and_families_select_and_ignore(tmp_path, text, kept):
    selection = selection_from([project(tmp_path, text, "unstuck.toml")])
    assert set(selection.rules) == kept
    assert set(selection.configuration.left_out) == ALL - kept


def test_thresholds_reach_the_rule(tmp_path):
    text = "[rules.OPT101]\nsteps = 50\nlittle_change = 2\n[rules.learning-rate-too-high]\njump = 3.5"
    rules = selection_from([project(tmp_path, text, "unstuck.toml")]).rules
    assert (rules["OPT101"].steps, rules["OPT101"].little_change, rules["OPT102"].jump) == (50, 2, 3.5)
    assert rules["OPT101"].left == load()["OPT101"]().left


def test_the_command_line_replaces_the_file(tmp_path):
    folder = project(tmp_path, '[tool.unstuck]\nselect = ["LOS"]\nignore = ["LOS101"]')
    assert set(selection_from([folder], Overrides.of(["OPT101,OPT102", "LOS101"], None)).rules) == {"OPT101", "OPT102"}
    assert "LOS101" in selection_from([folder], Overrides.of(None, ["LOS102"])).rules


WRONG = {
    "key": ("selekt = []", r"expected one of select, ignore, plugins, rules, got the key 'selekt'"),
    "type": ('select = "LOS"', r"select: expected a list of strings, got 'LOS'"),
    "rule": ('ignore = ["OPT999"]', r"ignore: expected the code or name .* or a family, got 'OPT999'.*OPT10.*Rules: A"),
    "table": ("[rules]\nOPT101 = 3", r"rules: expected a table for each rule"),
    "ruled": ("[rules.OPT999]\nx = 3", r"rules: expected the code or name of a rule, got 'OPT999'"),
    "name": ("[rules.OPT101]\nspeed = 3", r"expected a threshold of OPT101, got 'speed'; OPT101 has .*\bsteps\b"),
    "word": ('[rules.OPT101]\nsteps = "many"', r"OPT101\.steps: expected a whole number .*, default 200, got 'many'"),
    "whole": ("[rules.OPT101]\nsteps = 1.5", r"expected a whole number \(steps\), default 200, got 1\.5"),
    "bool": ("[rules.OPT101]\nlittle_change = true", r"expected a number .*got True"),
    "nan": ("[rules.OPT101]\nlittle_change = nan", r"expected a number .*got nan"),
    "toml": ("select = 1 2", r"expected TOML, got an error: .*line 1"),
    "none": ('select = ["LOS"]\nignore = ["LOS"]', r"select and ignore leave no rule"),
    "plugin": ('plugins = ["no.such"]', r"plugins: expected a module or an entry point .*, got 'no\.such'"),
    "empty": ('plugins = ["json"]', r"expected a module that defines rules, got 'json'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_configuration_is_one_clear_error(tmp_path, text, said):
    with pytest.raises(UsageError, match=said) as error:
        selection_from([project(tmp_path, text, "unstuck.toml")])
    assert str(error.value).startswith(f"{tmp_path / 'unstuck.toml'}: ")
    assert "\n" not in str(error.value).strip()


@pytest.mark.parametrize("option", ["select", "ignore"])
def test_a_wrong_option_is_named(tmp_path, option):
    with pytest.raises(UsageError, match=f"^--{option}: expected the code or name .* got 'XYZ'"):
        selection_from([tmp_path], Overrides(**{option: ("XYZ",)}))


PLUGIN = '''
from dataclasses import dataclass
from typing import ClassVar
from unstuck.core.finding import Severity
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class MyRule(Rule):
    """Fires always."""

    code: ClassVar[str] = "{code}"
    name: ClassVar[str] = "my-rule"
    severity: ClassVar[Severity] = Severity.WARNING
    bar: float = threshold(0.5, unit="share", source="ours")

    def check(self, view):
        yield self.finding(f"fired at {{self.bar}}", view=view)
'''


def test_a_module_beside_the_file_is_a_plug_in_and_only_if_named(tmp_path, monkeypatch):
    (tmp_path / "my_unstuck_rules.py").write_text(PLUGIN.format(code="ZZZ101"))
    assert "ZZZ101" not in selection_from([tmp_path]).rules
    text = 'plugins = ["my_unstuck_rules"]\nselect = ["ZZZ"]\n[rules.my-rule]\nbar = 0.75'
    selection = selection_from([project(tmp_path, text, "unstuck.toml")])
    assert list(selection.rules) == ["ZZZ101"]
    assert selection.rules["ZZZ101"].bar == 0.75


def test_a_plug_in_may_not_take_a_code(tmp_path):
    (tmp_path / "taken_rules.py").write_text(PLUGIN.format(code="OPT101"))
    project(tmp_path, 'plugins = ["taken_rules"]', "unstuck.toml")
    with pytest.raises(UsageError, match=r"taken_rules has a rule OPT101, but unstuck\.rules.* has that code"):
        selection_from([tmp_path])


def test_an_entry_point_is_a_plug_in_and_only_if_named(tmp_path, monkeypatch):
    (tmp_path / "pointed_rules.py").write_text(PLUGIN.format(code="ZZZ102"))
    about = tmp_path / "pointed-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pointed\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[unstuck.rules]\npointed = pointed_rules:MyRule\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "ZZZ102" not in selection_from([tmp_path / "nowhere"]).rules
    project(tmp_path, 'plugins = ["pointed"]', "unstuck.toml")
    assert "ZZZ102" in selection_from([tmp_path]).rules
    assert re.match("pointed_rules$", selection_from([tmp_path]).known["ZZZ102"].__module__)
