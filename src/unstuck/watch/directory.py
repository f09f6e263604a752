"""The run's directory and its manifest: made before the program starts, completed when it has ended."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from unstuck.core.errors import LaunchError
from unstuck.record import schema
from unstuck.record.manifest import RecordKind
from unstuck.record.writer import dump_json, write_whole

DEFAULT = Path(".unstuck")
ENVIRONMENT = (
    "CUBLAS_WORKSPACE_CONFIG", "CUDA_LAUNCH_BLOCKING", "CUDA_VISIBLE_DEVICES", "LOCAL_RANK",
    "LOCAL_WORLD_SIZE", "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS", "OMP_PROC_BIND",
    "PYTHONDEVMODE", "PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_ENABLE_MPS_FALLBACK", "RANK", "TOKENIZERS_PARALLELISM", "TORCHDYNAMO_DISABLE",
    "TORCH_COMPILE_DISABLE", "TORCH_DETERMINISTIC", "WORLD_SIZE",
)  # fmt: skip
"""what a manifest may tell of the environment: nothing that could be a secret"""


def make_directory(base: Path, stem: str) -> Path:
    """A new run directory ``<base>/<time>-<stem>``, with an ignore file beside it; its absolute path."""
    name = time.strftime("%Y-%m-%d_%H-%M-%S_") + (re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "run")[:40]
    try:
        base.mkdir(parents=True, exist_ok=True)
        ignore = base / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        for number in range(1, 1000):
            path = base / (name if number == 1 else f"{name}_{number}")
            with suppress(FileExistsError):
                path.mkdir()
                return path.resolve()
    except OSError as error:
        raise LaunchError(
            f"The run record cannot be made in {base}: {error.strerror or error}. "
            "Give a directory that can be written to with --dir."
        ) from error
    raise LaunchError(f"The run record cannot be made in {base}: there are 999 of {name} already.")


class Manifest:
    """The manifest of one run, as it is on disk."""

    def __init__(self, directory: Path, about: dict[str, object]) -> None:
        self.path = directory / schema.MANIFEST
        self.facts: dict[str, object] = {
            "schema": schema.SCHEMA_VERSION,
            "kind": RecordKind.RUN,
            "cwd": str(Path.cwd()),
            "began": time.time(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "environment": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            **about,
        }
        self._write()

    def add(self, **facts: object) -> None:
        """Write further facts."""
        self.facts.update(facts)
        self._write()

    def _write(self) -> None:
        write_whole(self.path, dump_json(self.facts) + "\n")


def origin() -> dict[str, object]:
    """What takes a moment to find out, so only when the program already runs: version and git commit."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        own = version("unstuck")
    except PackageNotFoundError:
        own = "unknown"
    return {"unstuck": own, "git": _commit()}


def _commit() -> str | None:
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    with suppress(OSError, subprocess.SubprocessError):
        found = subprocess.run(
            command, capture_output=True, text=True, timeout=2, check=False, stdin=subprocess.DEVNULL
        )
        return found.stdout.strip() or None
    return None


def digest(path: Path) -> str | None:
    """The SHA-256 of a script; None where it cannot be read."""
    with suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def left_by_processes(directory: Path, pattern: str) -> list[dict[str, object]]:
    """The small JSON files that processes of the run left beside the manifest."""
    found = []
    for path in sorted(directory.glob(pattern)):
        with suppress(OSError, ValueError):
            content = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(content, dict):
                found.append(content)
    return found
