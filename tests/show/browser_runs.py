"""Real scripts, watched, and the pages made of them: what `test_in_browser` looks at."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from experiment_runs import BESIDE, BURST, CLIP, FASTER, NORM, OUT, results

from unstuck.experiment.results import keep
from unstuck.run import Answer, Run

if TYPE_CHECKING:
    from pathlib import Path

LEARNS = """
    import torch
    from torch import nn
    torch.manual_seed(0)
    angle = torch.rand(400) * 6.283
    ring = torch.arange(400) % 2
    x = torch.stack([angle.cos(), angle.sin()], 1) * (1 + ring[:, None]) + 0.1 * torch.randn(400, 2)
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2){ending})
    opt = torch.optim.Adam(net.parameters(), lr={rate})
    loss_fn = nn.CrossEntropyLoss()
    for step in range({steps}):
        batch = torch.randint(0, 320, (64,))
        net.train()
        loss = loss_fn(net(x[batch]), ring[batch])
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 20 == 19:
            net.eval()
            with torch.no_grad():
                loss_fn(net(x[320:]), ring[320:])
        {then}
"""


def learns(*, ending: str = "", rate: str = "0.01", steps: int = 300, then: str = "pass") -> str:
    return textwrap.dedent(LEARNS.format(ending=ending, rate=rate, steps=steps, then=then))


def faulty() -> str:
    """Softmax before cross-entropy, gradients never cleared, raw inputs."""
    body = learns(ending=", nn.Softmax(dim=1)")
    return body.replace("opt.zero_grad()", "pass").replace("x = torch", "x = 500 * torch")


def thrice() -> str:
    """Three trainings, one of which diverges."""
    body = learns(rate="rate", steps=120)
    return "for rate in (0.01, 0.0001, 30.0):\n" + textwrap.indent(body, "    ")


SCRIPTS = {
    "healthy": learns(),
    "several-findings": faulty(),
    "crashed": learns(then="if step == 60: loss_fn(net(x[:8]), ring[:9])"),
    "before-any-training": "import torch\ntorch.zeros(2, 3) @ torch.zeros(2, 3)\n",
    "diverged": learns(then="if step == 100: x.fill_(float('nan'))"),
    "several-trainings": thrice(),
    "experiments": learns(ending=", nn.Softmax(dim=1)"),
}
SNIPPETS = ("several-findings", "diverged", "several-trainings")
"""of these what a notebook shows is looked at too"""


class Shown(NamedTuple):
    """A run and its files: the page, and a page around what a notebook shows."""

    answer: Answer
    page: Path
    snippet: Path

    @property
    def codes(self):
        return [ranked.finding.code for ranked in self.answer.diagnosis.findings]


HOST = """<!doctype html><html lang="en"><head><title>a notebook</title></head><body><main>
<h1>A page of its own style</h1><p class="run">text <code>code</code> <b class="c0">bold</b></p>
<svg width="40" height="40"><path class="faint" d="M0 0L10 10"/></svg>
{snippet}
</main></body></html>
"""


def make(warm, folder):
    """Every script, run and judged once: name -> `Shown`."""
    made = {}
    for name, source in SCRIPTS.items():
        script = folder / f"{name}.py"
        script.write_text(source)
        directory = folder / "records" / name
        warm.run(script, directory)
        if name == "experiments":
            keep(results(OUT, FASTER, BESIDE, BURST, CLIP, NORM), directory)
        run = Run(directory)
        answer = run.answer()
        page, snippet = folder / f"{name}.html", folder / f"{name}.snippet.html"
        page.write_text(answer.html())
        snippet.write_text(HOST.format(snippet=run._repr_html_()))
        made[name] = Shown(answer, page, snippet)
    return made
