"""The objective of an unchanged script: its options are the setting, a loss or a printed number is the value."""

from __future__ import annotations

import math
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import LaunchError, UnstuckError, UsageError
from unstuck.record.reader import Record
from unstuck.tune.objective.outcome import Outcome, TrialStatus
from unstuck.tune.objective.run_facts import RunFacts, facts_of, held_out_curve, outcome_of, why_diverged
from unstuck.tune.space.from_trial import suggested
from unstuck.tune.space.parameter import Parameter, Value
from unstuck.tune.uninterrupted import Terminated
from unstuck.watch.launch import Launch
from unstuck.watch.options import WatchOptions
from unstuck.watch.target import Target

if TYPE_CHECKING:
    from optuna.trial import Trial

OUTPUT = "output.txt"
"""beside the record of a trial: what the script printed"""
POLL = 0.2
"""seconds between two looks at a script that runs"""
LOOK_SHARE = 0.02
"""of a trial's time, that reading its growing record may take"""
ON, OFF = "on", "off"
"""choices that stand for a flag: ``--nesterov``, and nothing"""
EXECUTION = "{execution}"
"""in an argument of the script: the number of the execution, from 0"""
LINES_SHOWN = 5
REFUSED = re.compile(r"(?:unrecognized arguments|no such option|unknown option|invalid choice)[^\n]*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Script:
    """The program and what is searched."""

    target: Target
    space: tuple[Parameter, ...]
    folder: Path
    """of the records of trials"""
    form: str = ""
    """how an option is passed, such as ``{name}={value}``; by default ``--name value``"""
    metric: str | None = None
    """a pattern with one group, whose last match in the output is the value"""
    executions: int = 1
    prunes: bool = True
    python: str | None = None
    watch: WatchOptions = field(default_factory=lambda: WatchOptions(data=False))
    """the data is the same in every trial: it is not examined each time"""

    def __call__(self, trial: Trial) -> Outcome:
        """One trial: as many runs as executions; their mean counts."""
        setting = {one.name: suggested(trial, one) for one in self.space}
        values: list[float] = []
        for execution in range(self.executions):
            watched = _Run(self, setting, execution, f"trial-{trial.number}")
            follow = trial if self.prunes and execution == self.executions - 1 else None
            pruned = watched.wait(follow)
            facts = facts_of(watched.path)
            if pruned:
                return outcome_of(TrialStatus.PRUNED, values, watched.path, facts)
            if watched.code != 0:
                why = watched.why(facts.answer)
                return outcome_of(TrialStatus.FAILED, values, watched.path, facts, why)
            values.append(watched.value())
        return _ended(values, watched.path, facts)

    def again(self, setting: Mapping[str, Value], number: int) -> Outcome:
        """Run once more with a setting; other seeds only where the script draws them, or is given ``{execution}``."""
        watched = _Run(self, setting, self.executions + number, "confirmed")
        watched.wait(None)
        facts = facts_of(watched.path)
        if watched.code != 0:
            return outcome_of(TrialStatus.FAILED, [], watched.path, facts, watched.why(facts.answer))
        return _ended([watched.value()], watched.path, facts)

    def command(self, setting: Mapping[str, Value]) -> str:
        """What trains with a setting, as it is typed."""
        start = {"module": ["-m"], "code": ["-c"]}.get(self.target.kind, [])
        return shlex.join(["python", *start, self.target.what, *self.words(setting)])

    def words(self, setting: Mapping[str, Value], execution: int = 0) -> list[str]:
        """The script's arguments with a setting, those that were given first."""
        given = [word.replace(EXECUTION, str(execution)) for word in self.target.arguments]
        return [*given, *(word for name, value in setting.items() for word in self._option(name, value))]

    def _option(self, name: str, value: Value) -> list[str]:
        if value == OFF:
            return []
        if self.form:
            return [self.form.replace("{name}", name).replace("{value}", shown(value))]
        flag = self._flag(name)
        return [flag] if value == ON else [flag, shown(value)]

    def _flag(self, name: str) -> str:
        """``--batch_size`` or ``--batch-size``, as the script spells it."""
        with suppress(OSError):
            if self.target.kind == "script":
                text = Path(self.target.what).read_text(encoding="utf-8", errors="replace")
                spelled = [name, name.replace("_", "-"), name.replace("-", "_")]
                return next(
                    (f"--{one}" for one in spelled if re.search(rf"--{re.escape(one)}(?![\w-])", text)), f"--{name}"
                )
        return f"--{name}"


def _ended(values: list[float], path: Path, facts: RunFacts) -> Outcome:
    """Of runs that ended well."""
    status = TrialStatus.COMPLETE if all(map(math.isfinite, values)) else TrialStatus.DIVERGED
    return outcome_of(status, values, path, facts, why_diverged(values, facts))


def shown(value: Value) -> str:
    """A value as a word of a command line; every digit of a number is kept."""
    return repr(value) if isinstance(value, float) else str(value)


class _Launch(Launch):
    """A watched run whose output goes to a file."""

    ended_by = 0
    """signal that is to end the search, and was passed on to the script"""

    def _forward(self, number: int, _: object) -> None:
        super()._forward(number, _)
        if number in (signal.SIGTERM, signal.SIGHUP):
            self.ended_by = number

    def _start(self) -> subprocess.Popen[bytes]:
        self.began = time.perf_counter()
        try:
            with (self.directory / OUTPUT).open("wb") as file:
                return subprocess.Popen(
                    [self.python, *self.target.command], env=self._environment(), stdin=subprocess.DEVNULL,
                    stdout=file, stderr=subprocess.STDOUT,
                )  # fmt: skip
        except OSError as error:
            raise LaunchError(f"The interpreter {self.python} cannot be started: {error.strerror or error}.") from error


class _Run:
    """One execution of the script."""

    def __init__(self, script: Script, setting: Mapping[str, Value], execution: int, name: str) -> None:
        self.script = script
        target = Target(script.target.kind, script.target.what, tuple(script.words(setting, execution)))
        self.launch = _Launch(target, script.python, script.folder / name, script.watch)
        self.path = self.launch.directory
        self.code = 0

    def wait(self, trial: Trial | None) -> bool:
        """Until it ends, or the pruner stops it; whether it did."""
        told, looked, stopped = 0, 0.0, False
        with self.launch.started() as process:
            try:
                while process.poll() is None:
                    time.sleep(POLL)
                    if trial is None or stopped or time.perf_counter() < looked:
                        continue
                    began = time.perf_counter()
                    told, stopped = self._report(trial, told)
                    looked = time.perf_counter() + (time.perf_counter() - began) / LOOK_SHARE
                    if stopped:
                        process.terminate()
            except BaseException:
                process.terminate()
                raise
            finally:
                self.code = self.launch.finish()
        if self.launch.interrupted:
            raise KeyboardInterrupt
        if self.launch.ended_by:
            raise Terminated(128 + self.launch.ended_by)
        # What was reported only after the end counts as it would have before: same seed, same trials.
        return stopped or (trial is not None and self.code == 0 and self._report(trial, told)[1])

    def _report(self, trial: Trial, told: int) -> tuple[int, bool]:
        """Report what is new; how much was reported, and whether the trial is to stop."""
        curve = self.curve()
        for step in range(told, len(curve)):
            if not math.isfinite(curve[step]):
                return step, False
            trial.report(curve[step], step)
            # The last value of all is the result, which nothing is saved by pruning.
            if trial.should_prune() and not (self.code == 0 and self._ended and step == len(curve) - 1):
                return step + 1, True
        return len(curve), False

    @property
    def _ended(self) -> bool:
        process = self.launch.process
        return process is not None and process.poll() is not None

    def curve(self) -> list[float]:
        """The values so far."""
        if self.script.metric is not None:
            return matches(self.script.metric, self.output())
        with suppress(UnstuckError):
            return held_out_curve(Record(self.path))
        return []

    def output(self) -> str:
        """What the script printed."""
        with suppress(OSError):
            return (self.path / OUTPUT).read_text(encoding="utf-8", errors="replace")
        return ""

    def value(self) -> float:
        """The result of a run that ended well.

        Raises:
            UsageError: there is none; the message says what to do.
        """
        curve = self.curve()
        if curve:
            return curve[-1]
        tail = "\n".join(f"  {line}" for line in self.output().strip().splitlines()[-LINES_SHOWN:]) or "  (nothing)"
        if self.script.metric is not None:
            raise UsageError(
                f"The metric was never printed: nothing in the output matches {self.script.metric!r}. The last lines "
                f"of the output were\n{tail}\nChange the pattern of --metric; its group takes the number."
            )
        raise UsageError(
            "No held-out loss was seen in the script: it computes none outside of training, or none of the kind that "
            "it trains with. Let it print what counts, and give a pattern: --metric 'val_loss: ([0-9.]+)'. The last "
            f"lines of the output were\n{tail}"
        )

    def why(self, answer: str) -> str:
        """Why it failed, in words.

        Raises:
            UsageError: it does not know the option at all, so no trial could work.
        """
        output = self.output()
        refused = REFUSED.search(output)
        if self.code == 2 and refused:
            raise UsageError(
                f"The script does not take the options that --set gives it: {refused.group().strip()}. It was run as "
                f"`{self.script.target.what} {' '.join(self.launch.target.arguments)}`. Name the options as the script "
                "does, or say how they are passed with --as '{name}={value}'."
            )
        last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")
        return answer or f"exit code {self.code}: {last[:300]}"


def matches(pattern: str, text: str) -> list[float]:
    """The numbers that a pattern finds, in order; what is no number is NaN."""
    found = []
    for match in re.finditer(pattern, text):
        try:
            found.append(float(match.group(1)))
        except ValueError:
            found.append(math.nan)
    return found


def check_metric(pattern: str) -> None:
    """Refuse a pattern that cannot give a number.

    Raises:
        UsageError: it is no regular expression, or has no group.
    """
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise UsageError(
            f"The pattern of --metric cannot be read: {error}. Expected such as 'val_acc: ([0-9.]+)'."
        ) from error
    if groups != 1:
        raise UsageError(
            f"The pattern of --metric has {groups} groups, and needs one round the number, such as "
            "'val_acc: ([0-9.]+)'."
        )
