"""``with unstuck.watch(model, optimizer) as run``: the way in for notebooks."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap

PROGRAM = """
    import sys, traceback
    import torch
    import unstuck

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, labels = torch.randn(64, 4), torch.randint(0, 3, (64,))

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()

    with unstuck.watch(model, optimizer, dir="records") as run:
        train(100)
        print(run.diagnose().verdict)
        train(100)
    print(run.record.manifest.ended, [ranked.finding.code for ranked in run.diagnose().findings])
    run.show()

    code = torch.nn.functional.cross_entropy.__code__
    try:
        with unstuck.watch(model, optimizer, dir="records") as run:
            assert torch.nn.functional.cross_entropy.__code__ is not code
            train(1)
            int("x")
    except ValueError as error:
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
    print(run.record.manifest.ended, run.record.manifest.child.exception)
    print(torch.nn.functional.cross_entropy.__code__ is code, callable(unstuck.watch), unstuck.watch.__name__)
"""


def test_a_block_is_watched_and_nothing_stays_behind(tmp_path):
    (tmp_path / "notebook.py").write_text(textwrap.dedent(PROGRAM))
    ran = subprocess.run(
        [sys.executable, "notebook.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    first, second, *answer, left, third, fourth = ran.stdout.rstrip("\n").split("\n")
    assert first in ("stuck", "learning", "too-short", "learned")
    assert second.startswith("finished ['LOS101'")
    assert "error[LOS101]" in "\n".join(answer)
    assert left == "['<module>']"
    assert third == "exception ValueError"
    assert fourth == "True True unstuck.watch"


def test_a_run_shows_itself_in_any_stream(tmp_path):
    import unstuck
    from unstuck.testing import synthetic

    run = unstuck.Run(synthetic.record(tmp_path, loss=[2.3] * 50).path)
    out = io.StringIO()
    run.show(out)
    assert out.getvalue().rstrip().endswith(run.path.name)
    assert repr(run).startswith("Run('")
