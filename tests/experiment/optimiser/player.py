"""Plays snippets with interventions installed, each in a fork of its own, without the sandbox: orders by line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from typing import Any


def played(order: dict[str, Any]) -> dict[str, Any]:
    """In the fork."""
    import torch

    from unstuck.experiment.interventions.building_blocks.registry import made
    from unstuck.experiment.interventions.building_blocks.stage import Stage, Turn

    torch.manual_seed(0)
    turn = Turn(length=order["length"])
    stages = [Stage(turn) for _ in order["interventions"]]
    for one, stage in zip(order["interventions"], stages, strict=True):
        made(one["name"], one["fields"]).install(stage)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(order["snippet"], "snippet.py", "exec"), {"__name__": "__main__", "torch": torch, "nn": torch.nn})
    text = said.getvalue()
    return {"text": text, "printed": text.split(), "applied": [stage.effects for stage in stages], "error": ""}


def main() -> None:
    import torch._dynamo  # noqa: F401 - paid once: making the first optimiser imports it

    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                answer = played(json.loads(line))
            except BaseException:
                answer = {"error": traceback.format_exc()}
            os.write(writer, json.dumps(answer).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as told:
            answer = told.read()
        os.waitpid(child, 0)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
