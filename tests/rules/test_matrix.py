"""Every rule against every program: the rules' own scripts, the healthy ones, those with several faults.

The golden file ``matrix.txt`` has a block for each program: its verdict, then a line for each finding in the order of the
answer: code, severity, the code that explains it, place, message. Numbers in a message may differ by `TOLERANCE`, since
processors round differently; everything else is compared exactly. ``UNSTUCK_GOLDEN=1`` writes the blocks of what was
run anew; ``-m "programs or slow"`` runs all; without ``slow`` the second and further scripts of a rule are
left out, and the healthy programs that train longest.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Diagnosis, Ranked
from unstuck.core.finding import Severity
from unstuck.core.outcome import Broke
from unstuck.rules.registry import load
from unstuck.testing.warm import Warm

TESTS = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "matrix.txt"
BUDGET = 1e6
"""share of the run's time for close looks: without bound, so that a busy machine looks at the same steps as an idle one"""
PROCESSES = 2
TOLERANCE = 0.25
"""relative difference of a number in a message from one processor to another"""
LONG = {
    "actor_critic_shared_trunk", "adult_weighted_sampler", "autoencoder_on_digits", "bce_on_probabilities_circles", "bf16_autocast_on_digits",
    "bigram_embedding_lm", "cartpole_dqn", "cartpole_ppo", "checkpointed_deep_residual_mlp", "ctc_on_toy_strings", "dcgan_on_digits", "ddpg_point",
    "distillation_on_digits", "dqn_on_corridor", "gan_on_two_gaussians", "kfold_on_iris", "lora_on_frozen_weights", "lstm_forecast_seasonal",
    "mammography_class_weights", "mnist_cnn_subset", "mobilenet_on_shapes", "one_step_actor_critic", "phoneme_mlp", "pinn_oscillator",
    "pqn_lambda_returns", "q_learning_own_targets", "raw_tensor_sgd", "reinforce_on_gridworld", "reinforce_with_baseline_mean", "resnet_on_digits",
    "sac_point", "sharp_sigmoid_code", "sigmoid_code_autoencoder", "sweep_on_moons", "tanh_clipped_pointer", "tanh_code_autoencoder", "td3_point",
    "tiny_gpt_on_markov_text", "transfer_frozen_backbone", "transformer_on_digit_rows", "unet_on_blobs", "vae_on_digits",
}  # fmt: skip
"""healthy programs that train longest, each for more than 1.6 seconds"""
NUMBER = re.compile(r"(?<![\w.])[-\u2212]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")

TRIED = {code for code, rule in load().items() if "experiment" in rule.needs}
"""rules that an experiment decides: their scripts are run by ``tests/experiment/test_decided.py``"""
BUILT = {code for code, rule in load().items() if TrainingView not in rule.subjects}
"""rules on records without training: theirs are built and judged by ``test_catalogue.py``"""
SICK = sorted(path for path in TESTS.glob("rules/*/sick*.py") if path.parent.name not in TRIED | BUILT)
HEALTHY = sorted(path for path in TESTS.glob("rules/*/healthy*.py") if path.parent.name not in BUILT) + sorted(TESTS.glob("programs/healthy/*.py"))
SEVERAL = sorted(TESTS.glob("programs/several/*.py"))


class Seen(NamedTuple):
    """A program that has run, and what was made of it."""

    name: str
    diagnosis: Diagnosis
    stderr: str

    @property
    def lines(self) -> list[str]:
        """Its block of the matrix."""
        return [f"{self.name}: {self.diagnosis.verdict}", *map(line_of, self.diagnosis.findings)]

    @property
    def block(self) -> str:
        """The same as text, for failures."""
        return "\n".join(self.lines)


def line_of(ranked: Ranked) -> str:
    """One finding of the matrix: ``  LOS101:E [train.py:12 layer 3] softmax is applied twice …``."""
    finding = ranked.finding
    cause = f"<{ranked.explained_by}" if ranked.explained_by else ""
    file = f"{Path(finding.place.file).name}:{finding.place.line}" if finding.place.file else None
    layer = f"layer {finding.place.layer}" if finding.place.layer else None
    where = " ".join(filter(None, (file, layer)))
    return f"  {finding.code}:{finding.severity[0].upper()}{cause} [{where}] {finding.message}"


def is_same(line: str, golden: str) -> bool:
    """Whether two lines have the same words, and numbers that agree within `TOLERANCE`."""
    numbers, wanted = (
        [float(number.replace("\u2212", "-")) for number in NUMBER.findall(text)] for text in (line, golden)
    )
    return NUMBER.sub("#", line) == NUMBER.sub("#", golden) and all(
        math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-9) for a, b in zip(numbers, wanted, strict=True)
    )


def name_of(program: Path) -> str:
    return program.relative_to(TESTS).as_posix()


def named_in(program: Path, word: str) -> tuple[str, ...]:
    """The codes of a comment such as ``# cause: OPT102`` in a program."""
    found = re.search(rf"^# {word}:(.*)$", program.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(found[1].split()) if found else ()


@pytest.fixture(scope="module")
def matrix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What was made of every program that a selected test asks for; the long ones begin."""
    root = tmp_path_factory.mktemp("matrix")
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {call.params["program"] for call in calls if call is not None and "program" in call.params}
    programs = iter([program for program in [*HEALTHY[::-1], *SICK, *SEVERAL] if program in wanted])

    def work(_: int) -> list[Seen]:
        with Warm() as warm:
            return list(_run(warm, programs, root))

    with ThreadPoolExecutor(PROCESSES) as pool:
        return {seen.name: seen for some in pool.map(work, range(PROCESSES)) for seen in some}


def _run(warm: Warm, programs: Iterator[Path], root: Path) -> Iterator[Seen]:
    while (program := next(programs, None)) is not None:
        name = name_of(program)
        directory, examine = root / name.replace("/", "-").removesuffix(".py"), bool(named_in(program, "needs"))
        ran = warm.run(program, directory, budget=BUDGET, data=examine, examine=examine)
        yield Seen(name, ran.diagnose(), ran.stderr)


def of(programs: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "program",
        [pytest.param(one, id=name_of(one), marks=[pytest.mark.slow] if is_slow(one) else []) for one in programs],
    )  # fmt: skip


def is_slow(program: Path) -> bool:
    """Whether the default run leaves it out."""
    return program.stem in LONG or (program.parent.parent.name == "rules" and "_" in program.stem)


@of(SICK)
def test_sick_script_fires_its_code_under_its_cause(matrix: dict[str, Seen], program: Path):
    seen = matrix[name_of(program)]
    code = program.parent.name
    mine = [r for r in seen.diagnosis.findings if r.finding.code == code]
    assert any(r.finding.severity is load()[code].severity for r in mine), f"{seen.block}\n{seen.stderr}"
    cause = named_in(program, "cause") or (code,)
    first = seen.diagnosis.findings[0]
    assert first.finding.code in cause, seen.block
    if code not in cause:
        assert all(r.explained_by is not None for r in mine), seen.block
    assert any(r.finding.place.line is not None or r.finding.used_at for r in mine), seen.block
    for ranked in mine:
        assert re.search(r"\d", ranked.finding.message), ranked.finding.message
        word = ranked.finding.message.split()[0]
        assert not word[0].isupper() or word in program.read_text("utf-8"), ranked.finding.message  # nn.ReLU, not Relu
        assert not ranked.finding.message.endswith("."), ranked.finding.message


@of(HEALTHY)
def test_healthy_program_raises_no_alarm(matrix: dict[str, Seen], program: Path):
    seen = matrix[name_of(program)]
    alarms = [r.finding for r in seen.diagnosis.findings if r.finding.severity is not Severity.INFO]
    assert not alarms, "\n".join(f"{finding.code} {finding.message}" for finding in alarms)


@of(SEVERAL)
def test_every_fault_of_several_is_named(matrix: dict[str, Seen], program: Path):
    seen = matrix[name_of(program)]
    fired = {r.finding.code for r in seen.diagnosis.findings if r.finding.severity is load()[r.finding.code].severity}
    assert named_in(program, "expects"), "a program with several faults names them"
    assert set(named_in(program, "expects")) <= fired, f"{seen.block}\n{seen.stderr}"


@of([*SICK, *HEALTHY, *SEVERAL])
def test_no_rule_breaks_and_no_close_look_fails(matrix: dict[str, Seen], program: Path):
    seen = matrix[name_of(program)]
    assert not [outcome for outcome in seen.diagnosis.outcomes if isinstance(outcome, Broke)]
    assert not [note for note in seen.diagnosis.not_seen if note.startswith("watching stopped")]


def written() -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for line in GOLDEN.read_text("utf-8").splitlines() if GOLDEN.exists() else []:
        if line.startswith("  "):
            blocks[name].append(line)
        else:
            name = line.rpartition(":")[0]
            blocks[name] = [line]
    return blocks


@of([*SICK, *HEALTHY, *SEVERAL])
def test_block_of_the_matrix_is_as_written(matrix: dict[str, Seen], program: Path):
    seen = matrix[name_of(program)]
    if os.environ.get("UNSTUCK_GOLDEN"):
        blocks = written() | {seen.name: seen.lines}
        known = [name_of(one) for one in [*SICK, *HEALTHY, *SEVERAL]]
        GOLDEN.write_text(
            "".join(f"{line}\n" for name in known if name in blocks for line in blocks[name]), encoding="utf-8"
        )
    golden = written().get(seen.name, [])
    same = len(golden) == len(seen.lines) and all(map(is_same, seen.lines, golden))
    assert same, "\n".join(["golden:", *golden, "now:", *seen.lines])


def test_numbers_may_differ_a_little_and_words_may_not():
    golden = "  LOS101:E [train.py:12 layer 2] no loss can fall below 1.461"
    assert is_same("  LOS101:E [train.py:12 layer 2] no loss can fall below 1.5", golden)
    assert not is_same("  LOS101:E [train.py:12 layer 2] no loss can fall below 2.9", golden)
    assert not is_same("  LOS101:E [train.py:13 layer 2] no loss falls below 1.461", golden)


def test_matrix_has_a_block_for_every_program_and_no_other():
    assert [*written()] == [name_of(one) for one in [*SICK, *HEALTHY, *SEVERAL]]
