"""Write the result folder: the model, its preparation, the card, the report, the result in numbers."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from unstuck.fit.card import model_card
from unstuck.fit.delivered import EXPORTED, Delivered
from unstuck.fit.report import report
from unstuck.fit.request import RESULT
from unstuck.fit.work import Work
from unstuck.record.writer import write_whole

CARD, REPORT = "model_card.md", "report.html"


def deliver(work: Work, delivered: Delivered) -> None:
    """Everything that stays; the result file comes last, so that a folder with it is complete."""
    folder = work.folder
    delivered.save(folder)
    exported = export(delivered, work, folder / EXPORTED) if delivered.networks else ""
    work.facts["exported"] = exported
    work.narrator.keep(folder)
    write_whole(folder / CARD, model_card(work))
    write_whole(folder / REPORT, report(work))
    write_whole(folder / RESULT, json.dumps(result_of(work), indent=1, default=str) + "\n")


def result_of(work: Work) -> dict[str, Any]:
    """The result in numbers."""
    facts = work.facts
    return {
        "goal": str(work.goal), "metric": work.goal.first.metric, "met": facts.get("met"),
        "delivered": facts.get("delivered"), "why": facts.get("why"), "test": facts.get("test_value"),
        "test_low": facts.get("test_low"), "test_high": facts.get("test_high"), "beside": facts.get("test_beside"),
        "recipe": facts.get("recipe"), "reasons": facts.get("reasons"),
        "stopped": facts.get("stopped"), "exported": facts.get("exported"),
        "cross_validation": {
            name: {"title": one.title, "kind": one.kind, "value": work.worth(one).value,
                   "beside": work.worth(one).beside}
            for name, one in work.candidates.items()
        },
    }  # fmt: skip


def export(delivered: Delivered, work: Work, path: Path) -> str:
    """The networks as one program of `torch.export`: prepared inputs in, probabilities or scaled targets out.

    "" or why it could not be written.
    """
    import torch

    from unstuck.fit.networks.ensemble import Ensemble

    networks = delivered.networks[0][1]
    ensemble = Ensemble(networks.modules, classes=work.data.task.has_classes).eval()
    example = work.examples.x[:4]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(
                ensemble, (example,), dynamic_shapes={"x": {0: torch.export.Dim("examples", min=1)}}
            )
            torch.export.save(program, path)
    except Exception as error:
        return f"not exported: {type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return ""
