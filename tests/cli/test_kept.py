"""The verbs for runs that are kept: show, list, clean; and those about rules."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from unstuck.testing import synthetic


@pytest.fixture
def three(shell):
    for name in ("2026-01-01_10-00-00_a", "2026-01-02_10-00-00_b", "2026-01-02_10-00-00_b_2"):
        record = synthetic.record(shell.folder / ".unstuck", loss=[2.3] * 50)
        record.path.rename(record.path.with_name(name))
    return shell


def names(shell):
    return [path.name[-3:] for path in shell.runs]


def test_nothing_is_kept_yet(shell):
    assert "There are no runs in .unstuck" in shell("list").out
    told = shell("show")
    assert (told.code, told.out) == (2, "")
    assert told.err == "unstuck: There are no runs in .unstuck. Make one with `unstuck run train.py`.\n"


def test_a_run_is_found_by_name_beginning_or_path(three):
    def shown(*words):
        told = three("show", *words)
        assert told.code == 0, told.err
        return told.out.rstrip("\n").rpartition("record: ")[2][-24:]

    assert shown().endswith("_b_2")
    assert shown("2026-01-01").endswith("_a")
    assert shown("2026-01-02_10-00-00_b").endswith("_b")
    assert shown(".unstuck/2026-01-01_10-00-00_a").endswith("_a")
    told = three("show", "nope")
    assert (told.code, told.err.startswith("unstuck: There is no run nope in .unstuck.")) == (2, True)


def test_show_writes_files(three):
    assert three("show", "--json", "a.json", "--html", "a.html").code == 0
    assert json.loads((three.folder / "a.json").read_text())["schema"] == 1
    assert "<html" in (three.folder / "a.html").read_text()
    told = three("show", "--json", "no/such/folder.json")
    assert (told.code, "cannot be written" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [('{"schema": 99}', "Update unstuck"), ("{torn", "Is it damaged?"), ("[]", "JSON object")],
)
def test_a_newer_or_broken_record_is_one_message(three, manifest, said):
    (three.runs[-1] / "manifest.json").write_text(manifest)
    told = three("show")
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert told.err.count("\n") == 1
    assert three("list").code == 0


def test_clean_asks_first_and_keeps_the_latest(three):
    assert three("clean").code == 2
    assert three("clean", "--keep", "1", "--all").code == 2
    assert three("clean", "--keep", "1", typed="n\n").code == 1
    assert len(three.runs) == 3
    assert three("clean", "--keep", "2", typed="y\n").code == 0
    assert names(three) == ["0_b", "b_2"]
    assert three("clean", "--all", "--yes").out == "Removed 2 of 2 runs.\n"
    assert three.runs == []
    assert "nothing to remove" in three("clean", "--all").out


def test_rules_and_their_pages(shell):
    assert "softmax-before-cross-entropy" in shell("rules").out
    page = shell("explain", "LOS101")
    assert page.code == 0
    assert "How it decides\n--------------" in page.out
    assert not {"`", "#", "|"} & set(page.out.replace("# ", ""))
    assert shell("explain", "softmax-before-cross-entropy").out == page.out == shell("explain", "los101").out
    told = shell("explain", "softmax-before-crossentropy")
    assert (told.code, told.out) == (2, "")
    assert "There is no rule softmax-before-crossentropy. Near to it: " in told.err
    assert "LOS101 (softmax-before-cross-entropy)" in told.err


def test_explain_needs_neither_torch_nor_typer():
    code = """if True:
        import sys
        from unstuck.cli.main import plain
        plain(["explain", "LOS101"])
        print({"torch", "typer", "rich", "jinja2"} & set(sys.modules))
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("set()\n")


def test_importing_the_package_loads_little():
    code = "import sys, unstuck; print({'torch', 'numpy', 'typer', 'pathlib', 'json'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}; {code}"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert ran.stdout == "set()\n"


def test_the_public_names():
    import unstuck

    for name in unstuck.__all__:
        assert getattr(unstuck, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        unstuck.nonsense  # noqa: B018


def test_version_help_and_completion(shell):
    assert shell("--version").out.startswith("unstuck 0.")
    assert "{SCRIPT | -m MODULE | -c CODE} [ARGUMENTS]" in shell("run", "--help").out
    shell.environment |= {"_UNSTUCK_COMPLETE": "complete_bash", "COMP_WORDS": "unstuck ex", "COMP_CWORD": "1"}
    assert shell().out.split() == ["explain"]
