from __future__ import annotations

import ast
import shutil
import subprocess
import textwrap

import pytest

from unstuck.core.experiment import Trial, TrialVerdict
from unstuck.core.finding import Applicability, Confidence, Finding, Place, Remedy, Severity
from unstuck.experiment.interventions.learning_rate import LearningRate
from unstuck.experiment.interventions.zero_grad import ZeroGrad
from unstuck.experiment.patch import patch_of, patch_of_all, patched

SETUP = """\
import torch
import torch.nn.functional as F
from torch import nn, optim

"""


def remedy(name, code=""):
    return Remedy(name=name, text="", applicability=Applicability.SAFE, code=code)


def at(source, *marks):
    """A finding at the lines that hold these texts."""
    lines = source.splitlines()
    places = [
        Place(file="train.py", line=next(at for at, line in enumerate(lines, 1) if mark in line)) for mark in marks
    ]
    return Finding(
        code="LOS101", name="x", severity=Severity.ERROR, confidence=Confidence.MEASURED, message="",
        place=places[0] if places else Place(), used_at=places[1] if len(places) > 1 else None,
    )  # fmt: skip


def changed(finding, change, source):
    """Lines taken away and lines put in, by a patch that is whole."""
    patch = patch_of(finding, change, source)
    if patch is None:
        return None
    after = patched([(finding, change)], source)
    ast.parse(after)
    body = [line for line in patch.splitlines()[2:] if line[:1] in "+-"]
    return [line[1:] for line in body if line[0] == "-"], [line[1:] for line in body if line[0] == "+"]


# ---- zero-grad -------------------------------------------------------------------------------------------

LOOP = SETUP + """\
model = nn.Linear(4, 2)
{made}
for x, y in data:
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    {step}
"""


@pytest.mark.parametrize(
    ("made", "step", "put"),
    [
        ("optimizer = optim.SGD(model.parameters(), lr=0.1)", "optimizer.step()", "    optimizer.zero_grad()"),
        ("opt = torch.optim.Adam(model.parameters())", "opt.step()", "    opt.zero_grad()"),
        ("o: optim.Adam = optim.Adam(model.parameters())", "o.step()  # now", "    o.zero_grad()"),
        ("my.optimizer = make()", "my.optimizer.step()", "    my.optimizer.zero_grad()"),
        ("o = optim.SGD(model.parameters(), 1.0)", "if n % 4 == 0:\n        o.step()", "        o.zero_grad()"),
        ("o = optim.SGD(model.parameters(), 1.0)", "F.mse_loss(x, x).backward()\n    o.step()", "    o.zero_grad()"),
        ("scheduler = make()", "scheduler.step()", None),
        ("o = optim.LBFGS(model.parameters())", "o.step(closure)", None),
        ("o, p = optim.SGD(a, 1.0), optim.SGD(b, 1.0)", "o.step(); p.step()", None),
        ("", "with torch.no_grad():\n        w -= w.grad", None),
    ],
)  # fmt: skip
def test_gradients_are_cleared_for_the_optimiser_of_the_source(made, step, put):
    source = LOOP.format(made=made, step=step)
    found = changed(at(source, "loss.backward()"), ZeroGrad(), source)
    assert found == (None if put is None else ([], [put]))


def test_of_two_loops_the_one_of_the_finding_is_changed():
    source = LOOP.format(made="o = optim.SGD(model.parameters(), 1.0)", step="o.step()")
    source += "def other():\n    o.zero_grad()\n    value.backward()\n    o.step()\n"
    assert changed(None, ZeroGrad(), source) is None
    patch = patch_of(at(source, "loss.backward()"), ZeroGrad(), source)
    assert "+    o.zero_grad()\n     loss.backward()" in patch


def test_a_backward_that_shares_its_line_gets_no_patch_but_behind_the_step():
    source = "o = optim.SGD(p, 1.0)\nfor x in d: f(x).backward(); o.step()\n"
    assert patch_of(None, ZeroGrad(), source) is None
    source = "o = optim.SGD(p, 1.0)\nfor x in d:\n\tloss = f(x); loss.backward()\n\to.step()"
    assert changed(None, ZeroGrad(), source) is None


def test_tabs_and_line_ends_of_the_source_stay():
    source = "o = optim.SGD(p, 1.0)\r\nfor x in d:\r\n\tf(x).backward()\r\n\to.step()"
    after = patched([(None, ZeroGrad())], source)
    assert after == "o = optim.SGD(p, 1.0)\r\nfor x in d:\r\n\to.zero_grad()\r\n\tf(x).backward()\r\n\to.step()"


# ---- learning rate ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("optim.SGD(model.parameters(), lr=0.1, momentum=0.9)", "optim.SGD(model.parameters(), lr=0.01, momentum=0.9)"),
        ("optim.SGD(model.parameters(), 5.0)", "optim.SGD(model.parameters(), 0.5)"),
        ("Adam(model.parameters(), lr=1e-4)", "Adam(model.parameters(), lr=1e-05)"),
        ("Adam(model.parameters(), lr=10)", "Adam(model.parameters(), lr=1.0)"),
        ("optim.Adam(model.parameters())", "optim.Adam(model.parameters(), lr=0.0001)"),
        ("optim.Adam(list(model.parameters()),)", "optim.Adam(list(model.parameters()), lr=0.0001,)"),
        ("optim.Adam((p))", "optim.Adam((p))"),
        ("optim.Adam(p, lr=args.lr)", "optim.Adam(p, lr=args.lr * 0.1)"),
        ("optim.Adam(p, lr=a + b)", "optim.Adam(p, lr=(a + b) * 0.1)"),
        ("optim.Adam(p, **options)", None),
        ("optim.Adam([{'params': p, 'lr': 0.1}], lr=0.1)", None),
        ("optim.SGD(p, lr=0.1) if flag else optim.Adam(p, **options)", None),
        ("make(model)", None),
    ],
)  # fmt: skip
def test_the_rate_is_multiplied_where_the_optimiser_is_made(before, after):
    source = f"{SETUP}optimizer = {before}  # the rate of 0.1\n"
    found = changed(None, LearningRate(0.1), source)
    same = after is None or after == before
    expected = ([f"optimizer = {before}  # the rate of 0.1"], [f"optimizer = {after}  # the rate of 0.1"])
    assert found == (None if same else expected)


def test_a_call_over_several_lines_changes_in_one():
    source = "o = optim.AdamW(\n    model.parameters(),\n    lr=0.3,  # high\n)\n"
    assert changed(None, LearningRate(0.01), source) == (["    lr=0.3,  # high"], ["    lr=0.003,  # high"])


def test_letters_of_several_bytes_do_not_shift_the_place():
    source = 'é = "äöü"; o = optim.SGD(p, lr=0.1)  # ü\n'
    assert changed(None, LearningRate(10.0), source)[1] == ['é = "äöü"; o = optim.SGD(p, lr=1.0)  # ü']


def test_advice_that_was_not_tried_is_for_the_optimiser_of_the_finding():
    source = "a = optim.SGD(p, lr=5.0)\nb = optim.SGD(q, lr=5.0)\n"
    wanted = remedy("lower-learning-rate", "lr=0.05")
    assert changed(at(source, "b ="), wanted, source) == (["b = optim.SGD(q, lr=5.0)"], ["b = optim.SGD(q, lr=0.05)"])
    assert patch_of(None, wanted, source) is None


# ---- output activation -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=1))", "model = nn.Sequential(nn.Linear(4, 2))"),
        ("model = Sequential(Linear(4, 1), Sigmoid(),)", "model = Sequential(Linear(4, 1),)"),
        ("model = nn.Sequential(nn.Softmax(1), nn.Linear(4, 2))", None),
        ("model = nn.Sequential(OrderedDict(out=nn.Softmax(1)))", None),
        ("out = F.softmax(net(x), dim=1)", "out = net(x)"),
        ("out = torch.softmax(a + b, 1).log()", "out = (a + b).log()"),
        ("out = net(x).softmax(dim=-1)", "out = net(x)"),
        ("out = (a + b).sigmoid()", "out = (a + b)"),
        ("out = torch.sigmoid(net(x)).squeeze(1)", "out = net(x).squeeze(1)"),
        ("out = softmax(net(x), 1)", "out = net(x)"),
        ("out = F.softmax(a, 1) + F.softmax(b, 1)", None),
        ("out = nn.Softmax(1)(net(x))", None),
        ("out = torch.sigmoid(F.relu(net(x)))", None),
        ("m = nn.Sequential(nn.ReLU(), linear, nn.Sigmoid())", "m = nn.Sequential(nn.ReLU(), linear)"),
        ("out = F.softmax(*given)", None),
        ("out = net(x).exp()", None),
    ],
)
def test_the_activation_is_dropped(before, after):
    source = f"{SETUP}{before}  # here\n"
    found = changed(at(source, "# here"), remedy("remove-output-activation"), source)
    assert found == (None if after is None else ([f"{before}  # here"], [f"{after}  # here"]))


NET = SETUP + """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 2)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return {returned}
"""


@pytest.mark.parametrize(
    ("returned", "after"),
    [
        ("self.softmax(self.body(x))", "self.body(x)"),
        ("self.body(self.softmax(self.softmax(x)))", None),
        ("call(self.softmax)", None),
    ],
)
def test_a_layer_that_is_called_once_is_not_called(returned, after):
    source = NET.format(returned=returned)
    found = changed(at(source, "nn.Softmax"), remedy("remove-output-activation"), source)
    assert found == (None if after is None else ([f"        return {returned}"], [f"        return {after}"]))


def test_a_layer_on_a_line_of_its_own():
    source = "model = nn.Sequential(\n    nn.Linear(4, 2),\n    nn.Softmax(dim=1),\n)\n"
    found = changed(at(source, "Softmax"), remedy("remove-output-activation"), source)
    assert found == (["    nn.Softmax(dim=1),"], [])
    commented = source.replace("2),", "2),  # scores")
    assert changed(at(commented, "Softmax"), remedy("remove-output-activation"), commented) is None


def test_the_line_where_it_is_made_decides():
    source = "model = nn.Sequential(body, nn.ReLU(), extra=1)\nloss = bce(torch.sigmoid(model(x)), y)\n"
    assert patch_of(at(source, "model =", "loss ="), remedy("remove-output-activation"), source) is None


def test_a_softmax_elsewhere_is_left_alone():
    source = "a = F.softmax(q @ k, -1)\nloss = F.cross_entropy(head(a), y)\n"
    assert patch_of(at(source, "cross_entropy"), remedy("remove-output-activation"), source) is None


# ---- others ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DataLoader(data, batch_size=8)", "DataLoader(data, batch_size=8, shuffle=True)"),
        ("DataLoader(data, 8, shuffle=False)", "DataLoader(data, 8, shuffle=True)"),
        ("torch.utils.data.DataLoader(data, 8, False)", "torch.utils.data.DataLoader(data, 8, True)"),
        ("DataLoader(data, sampler=mine)", None),
        ("DataLoader(data, shuffle=args.shuffle)", None),
        ("DataLoader(data, **options)", None),
    ],
)
def test_a_loader_shuffles(before, after):
    source = f"loader = {before}\n"
    found = changed(at(source, "loader"), remedy("shuffle"), source)
    assert found == (None if after is None else ([f"loader = {before}"], [f"loader = {after}"]))


def test_gradients_are_clipped_before_the_step():
    source = LOOP.format(made="o = optim.SGD(model.parameters(), 1.0)", step="o.step()")
    put = ["    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"]
    assert changed(None, remedy("clip-gradients"), source) == ([], put)
    assert patch_of(None, remedy("clip-gradients"), source.replace("import torch\n", "")) is None
    listed = source.replace("model.parameters()", "weights")
    assert patch_of(None, remedy("clip-gradients"), listed) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("optim.Adam(model.head.parameters(), lr=0.1)", "optim.Adam(model.parameters(), lr=0.1)"),
        ("optim.Adam(model.layers[-1].parameters())", "optim.Adam(model.parameters())"),
        ("optim.Adam(params=net.head.parameters())", "optim.Adam(params=net.parameters())"),
        ("optim.Adam(model.parameters())", None),
        ("optim.Adam(self.head.parameters())", None),
        ("optim.Adam([w, b])", None),
    ],
)
def test_the_optimiser_gets_the_whole_network(before, after):
    source = f"o = {before}\n"
    found = changed(at(source, "o ="), remedy("optimise-all-parameters"), source)
    assert found == (None if after is None else ([f"o = {before}"], [f"o = {after}"]))


@pytest.mark.parametrize("name", ["step", "zero_grad"])
def test_parentheses_that_were_forgotten_are_put(name):
    calls = {"step": "o.step()", "zero_grad": "o.zero_grad()", name: f"o.{name}"}
    source = f"o = optim.SGD(p, 1.0)\nfor x in d:\n    {calls['zero_grad']}\n    f(x).backward()\n    {calls['step']}\n"
    wanted = {"step": "call-step", "zero_grad": "zero-grad"}[name]
    assert changed(None, remedy(wanted), source) == ([f"    o.{name}"], [f"    o.{name}()"])


def test_a_step_is_called_where_there_is_none():
    source = "o = optim.SGD(p, 1.0)\nfor x in d:\n    f(x).backward()  # back\nprint()\n"
    assert changed(None, remedy("call-step"), source) == ([], ["    o.step()"])
    assert patch_of(None, remedy("call-step"), source + "o.step()\n") is None


@pytest.mark.parametrize(
    ("loop", "moved"),
    [
        ("    f(x).backward()\n    o.zero_grad()  # clear\n    o.step()\n", True),
        ("    f(x).backward(); o.zero_grad()\n    o.step()\n", False),
        ("    f(x).backward()\n    if n: o.zero_grad()\n    o.step()\n", False),
        ("    o.zero_grad()\n    f(x).backward()\n    o.step()\n", False),
        ("    o.zero_grad()\n    f(x).backward()\n    o.zero_grad()\n", False),
    ],
)
def test_a_clearing_that_comes_too_late_moves(loop, moved):
    source = "for x in d:\n" + loop
    expected = "for x in d:\n    o.zero_grad()\n    f(x).backward()\n    o.step()\n" if moved else None
    assert patched([(None, remedy("zero-grad-first"))], source) == expected


def test_what_is_no_change_of_a_line_has_no_patch():
    assert patch_of(None, remedy("standardise-input"), "x = 1\n") is None


def test_a_source_that_does_not_parse_has_no_patch():
    assert patch_of(None, ZeroGrad(), "loss.backward(\n") is None
    assert patch_of(None, ZeroGrad(), "loss.backward()\0\n") is None


# ---- trials and sets -------------------------------------------------------------------------------------


def test_a_trial_is_written_down_with_the_setting_that_was_tried():
    source = LOOP.format(made="o = optim.SGD(model.parameters(), lr=5.0)", step="o.step()")
    rate = Trial(title="learning-rate × 0.01", names=("zero-grad", "learning-rate"), verdict=TrialVerdict.VERIFIED)
    assert "lr=0.05" in patch_of(None, rate, source)
    unknown = Trial(title="learning-rate × 0.07", names=("learning-rate",), verdict=TrialVerdict.VERIFIED)
    assert patch_of(None, unknown, source) is None
    clear = Trial(title="zero-grad", names=("zero-grad",), verdict=TrialVerdict.VERIFIED)
    both = patch_of_all([(None, clear), (None, rate)], source)
    assert "lr=0.05" in both
    assert "+    o.zero_grad()" in both
    assert patch_of_all([(None, clear), (None, unknown)], source) is None


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the program `patch`")
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_program_patch_applies_it(tmp_path, end):
    source = textwrap.dedent(LOOP).format(made="o = optim.SGD(model.parameters(), lr=5.0)", step="o.step()")
    source = source.rstrip("\n") + end
    (tmp_path / "train.py").write_text(source)
    wanted = [(None, ZeroGrad()), (None, LearningRate(0.1))]
    patch = patch_of_all(wanted, source)
    subprocess.run(["patch", "-p0"], cwd=tmp_path, input=patch, text=True, check=True, capture_output=True)
    assert (tmp_path / "train.py").read_text() == patched(wanted, source)
