"""`unstuck run` behaves as ``python``: every program here is run both ways, and nothing differs."""

from __future__ import annotations

import os
import zipfile

import pytest

SELF = """
    import os, sys
    import torch
    print(sys.argv, __name__, __file__, sys.path, os.getcwd())
    print(sorted(globals()), __spec__ and __spec__.name, __package__)
    print(list(os.environ.items()), os.environb.get(b"PYTHONPATH"))
    print([getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path])
    print("sitecustomize" in sys.modules, type(torch.__spec__), sys.flags, sys.orig_argv)
    print([name for name in sys.path_importer_cache if "bootstrap" in name])
"""


def test_a_script_sees_itself_and_its_surroundings(box):
    box.write("train.py", SELF)
    seen = box.same("train.py", "--epochs", "3", "--", "-m", "--quiet", "--help")
    assert "'--epochs', '3', '--', '-m', '--quiet', '--help'" in seen.out
    assert box.manifest["argv"][1:3] == ["--epochs", "3"]
    assert len(box.parts) == 1


@pytest.mark.parametrize("path", [None, "", ".", "lib", "lib:more"])
def test_any_python_path_of_the_user_is_kept(box, path):
    box.environment.pop("PYTHONPATH")
    if path is not None:
        box.environment["PYTHONPATH"] = path
    box.write("torch.py", "")
    box.write("train.py", SELF)
    box.same("train.py")


@pytest.mark.parametrize("flag", ["PYTHONSAFEPATH", "PYTHONUNBUFFERED", "PYTHONOPTIMIZE", "PYTHONNOUSERSITE"])
def test_flags_set_by_environment_hold(box, flag):
    box.environment[flag] = "1"
    box.write("train.py", SELF)
    box.same("train.py")


def test_a_module_of_a_package(box):
    box.write("package/__init__.py", "print('package', __name__)")
    box.write("package/train.py", SELF)
    box.write("package/__main__.py", SELF)
    box.same("-m", "package.train", "-m", "--lr", "1")
    box.records = box.records.with_name("others")
    box.same("-m", "package", "--dir", "x")
    assert box.manifest["target"] == {"kind": "module", "what": "package"}


def test_code_given_on_the_command_line(box):
    code = "import sys, torch; print(sys.argv, sys.path); print(__name__); raise ValueError(3)"
    seen = box.same("-c", code, "-c", "--python", "x")
    assert seen.code == 1


def test_a_program_on_standard_input(box):
    box.same("-", "a", typed="import sys, torch\nprint(sys.argv, sys.path)\n")


def test_a_folder_and_a_zip_file(box):
    box.write("program/__main__.py", SELF)
    box.same("program", "1")
    with zipfile.ZipFile(box.folder / "program.zip", "w") as archive:
        archive.writestr("__main__.py", "import sys, torch; print(sys.argv, sys.path, __name__)")
    box.same("program.zip", "1")


def test_standard_input_and_output_pass_through(box):
    box.write(
        "train.py",
        """
        import sys, torch
        sys.stdout.buffer.write(bytes(range(256)).replace(b"\\xff", b"").decode("latin1").encode())
        print(input("prompt "), sys.stdin.read(), sys.stdin.isatty(), flush=True)
        print("to the error output", file=sys.stderr)
        """,
    )
    box.same("train.py", typed="first\nsecond\nthird")


ENDINGS = {
    "finished": ("pass", 0, "finished"),
    "exit 0": ("sys.exit()", 0, "finished"),
    "exit 3": ("sys.exit(3)", 3, "finished"),
    "exit with text": ("sys.exit('no good')", 1, "finished"),
    "os._exit": ("os._exit(7)", 7, "finished"),
    "exception": ("int('x')", 1, "exception"),
    "chained": ("chained()", 1, "exception"),
    "group": ("raise ExceptionGroup('many', [ValueError(1), TypeError(2)])", 1, "exception"),
    "warning": ("warnings.warn('careful')", 0, "finished"),
    "terminated": ("os.kill(os.getpid(), signal.SIGTERM)", -15, "killed"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", -9, "killed"),
    "aborted": ("os.abort()", -6, "killed"),
    "interrupted": ("raise KeyboardInterrupt", -2, "interrupted"),
    "exit in a thread": ("thread(sys.exit, 4)", 0, "finished"),
    "exception in a thread": ("thread(int, 'x')", 0, "finished"),
    "excepthook": ("sys.excepthook = lambda *e: print('mine', e[0]); int('x')", 1, "exception"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_end_is_the_same(box, ending):
    statement, code, ended = ENDINGS[ending]
    box.write(
        "train.py",
        f"""
        import atexit, os, signal, sys, threading, warnings
        atexit.register(print, "registered first")
        import torch
        atexit.register(print, "registered last", flush=True)
        def thread(*task):
            started = threading.Thread(target=task[0], args=task[1:])
            started.start()
            started.join()
        def main():
            {statement}
        def chained():
            try:
                {{}}["a"]
            except KeyError:
                raise ValueError(1)
        if __name__ == "__main__":
            main()
        """,
    )
    seen = box.same("train.py")
    assert seen.code == code
    assert "unstuck" not in seen.err
    assert box.manifest["ended"] == ended
    assert (box.manifest["signal"] is None) == (code >= 0)
    if ended == "exception":
        assert box.manifest["child"]["file"].endswith("train.py")
        assert box.manifest["child"]["traceback"][0][2] == "<module>"


@pytest.mark.parametrize("words", [["train.py"], ["-m", "train"], ["-c", "import train"], ["-"]])
@pytest.mark.parametrize("before", ["", "import torch; "])
def test_an_interrupt_ends_by_its_signal(box, words, before):
    box.write("train.py", before + "raise KeyboardInterrupt")
    seen = box.same(*words, typed="import train")
    assert seen.code == -2
    assert box.manifest["signal"] == "SIGINT"


def test_a_syntax_error_is_python_s_own(box):
    box.write("train.py", "import torch\ndef f(:\n")
    seen = box.same("train.py")
    assert seen.code == 1
    assert (box.manifest["child"]["exception"], box.manifest["child"]["line"]) == ("SyntaxError", 2)


def test_a_torch_that_cannot_be_imported_shows_its_own_traceback(box):
    box.environment.pop("PYTHONPATH")
    box.write("torch/__init__.py", "import missing_part")
    box.write(
        "train.py",
        """
        import sys
        try:
            import torch
        except ImportError:
            print("torch" in sys.modules)
        import torch
        """,
    )
    seen = box.same("train.py")
    assert "missing_part" in seen.err


def test_a_torch_found_late_is_watched(box):
    box.write(
        "train.py",
        """
        import sys
        path = sys.path[:]
        sys.path.clear()
        try:
            import torch
        except ImportError as error:
            print(error)
        sys.path += path
        import torch
        """,
    )
    box.same("train.py")
    assert len(box.parts) == 1


def test_the_user_s_own_sitecustomize_runs(box):
    box.environment["PYTHONPATH"] += os.pathsep + "own"
    box.write("own/sitecustomize.py", "import sys; print('mine', __file__, sys.path)")
    box.write("train.py", "import torch, sitecustomize as s; print(s.__file__, s.__spec__.origin)")
    assert box.same("train.py").out.count("mine") == 1


def test_a_broken_sitecustomize_of_the_user_is_told_as_by_python(box):
    box.environment["PYTHONPATH"] += os.pathsep + "own"
    box.write("own/sitecustomize.py", "int('x')")
    box.write("train.py", "import torch")
    assert "Error in sitecustomize" in box.same("train.py").err


def test_a_program_that_moves_about_is_recorded(box):
    box.write("train.py", "import os; os.chdir('/'); import torch; print(open(__file__).read(), os.getcwd())")
    box.same("train.py")
    assert len(box.parts) == 1


def test_a_recorder_that_breaks_leaves_the_program_alone(box):
    box.write("train.py", "import torch; print('trained')")
    for place in ("break at open", "break at close"):
        box.records = box.records.with_name(place.replace(" ", "-"))
        box.same("train.py", place)
        [failure] = box.manifest["failures"]
        assert failure["error"] == "ValueError: broken on purpose"


def test_open_descriptors_are_passed_on(box):
    box.write("train.py", "import os, sys; os.write(int(sys.argv[1]), b'through'); import torch")
    read, write = os.pipe()
    os.set_inheritable(write, True)
    box.under_watch("train.py", str(write), close_fds=False)
    os.close(write)
    assert os.read(read, 100) == b"through"
    os.close(read)


def test_a_module_of_the_program_named_like_one_of_ours_does_not_run_at_the_end(box):
    for name in ("platform", "traceback", "dataclasses", "mmap", "schema", "inject"):
        box.write(f"{name}.py", "print('must not run')")
    box.write("train.py", "print('trained')")
    assert box.same("train.py").out == "trained\n"
    assert box.manifest["child"]["ended"] == "finished"
