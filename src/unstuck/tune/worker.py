"""``python -m unstuck.tune.worker FILE``: one worker of a search with several."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.core.errors import UnstuckError
from unstuck.tune.uninterrupted import terminate

if TYPE_CHECKING:
    from unstuck.tune.packed import Packed


def main(file: Path) -> int:
    """Work until the search is over."""
    import pickle

    from unstuck.tune.workers import ERROR

    sys.path[:0] = [str(Path.cwd())]
    signal.signal(signal.SIGTERM, terminate)
    try:
        packed: Packed = pickle.loads(file.read_bytes())  # noqa: S301 - the parent process wrote it
        sys.path[:] = list(dict.fromkeys([*packed.path, *sys.path]))
        work(packed)
    except UnstuckError as error:
        (file.parent / ERROR).write_text(str(error), encoding="utf-8")
        return 0
    except (KeyboardInterrupt, SystemExit):
        return 130
    finally:
        # It ends already; raised while Python shuts down, the signal would be a traceback.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return 0


def work(packed: Packed) -> None:
    """Open the storage and search."""
    from unstuck.tune.run_study import search_of
    from unstuck.tune.storage import answering, open_storage, open_study

    study = open_study(open_storage(packed.storage), packed.study, maximize=False, exists=True)
    deadline = None if packed.seconds is None else time.monotonic() + packed.seconds
    with answering(packed.storage):
        search = search_of(packed.plan, study, packed.folder, deadline)
        search.left = lambda: os.getppid() != packed.parent
        search.work()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
