"""A real notebook, executed by a real kernel: a run shows itself, also while it goes on, and draws its figures."""

from __future__ import annotations

import base64
import textwrap

import pytest

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")

CELLS = (
    """
    import torch, unstuck
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inputs, labels = torch.randn(64, 4), torch.randint(0, 3, (64,))

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()
    """,
    """
    with unstuck.watch(model, optimizer) as run:
        train(100)
        display(run)
        train(100)
    """,
    "run",
    "run.plot.learning_curve().get_title(loc='left')",
    "repr(run)",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each cell: MIME type -> content."""
    folder = tmp_path_factory.mktemp("notebook")
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(cell).strip()) for cell in CELLS]
    book = nbformat.v4.new_notebook(cells=cells)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(folder / name))
        client = nbclient.NotebookClient(
            book, timeout=120, resources={"metadata": {"path": str(folder)}}, kernel_name="python3"
        )
        client.execute()
    assert not any(output.get("name") == "stderr" for cell in book.cells for output in cell.outputs)
    return [[output.data for output in cell.outputs if "data" in output] for cell in book.cells]


def test_a_run_that_goes_on_is_shown_as_far_as_it_is(outputs):
    (shown,) = outputs[1]
    assert "Still running after 100 steps" in shown["text/html"]
    assert "LOS101" in shown["text/html"]


def test_a_run_shows_answer_finding_line_and_curve(outputs):
    (shown,) = outputs[2]
    html = shown["text/html"]
    assert "Still running" not in html
    assert "softmax-before-cross-entropy" in html
    assert "training loss" in html
    assert "<svg" in html
    assert "<script" not in html
    assert shown["text/plain"].startswith("Run('")


def test_a_plot_is_an_image_beside_what_the_cell_gives(outputs):
    title, image = sorted(outputs[3], key=lambda data: "image/png" in data)
    assert title["text/plain"] == "'Loss'"
    assert base64.b64decode(image["image/png"]).startswith(b"\x89PNG")


def test_the_repr_stays_one_line(outputs):
    (shown,) = outputs[4]
    assert len(shown["text/plain"]) < 200
