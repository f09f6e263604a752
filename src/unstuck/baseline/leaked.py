"""Held-out data that stands in the training data: scores on it are too good."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.leaks import exact_copies, shared_groups
from unstuck.analysis.data.sample import DataSet
from unstuck.core.words import count, share
from unstuck.rules.families.spl.leaked_examples import LeakedExamples


def leaks_in_words(dataset: DataSet) -> Iterator[str]:
    """A sentence for each held-out split that repeats training rows, or shares groups with them."""
    names = {sample.split: sample.name for sample in dataset.samples}
    train = dataset.train.name
    for sample in dataset.held_out:
        copies = exact_copies(dataset.train, sample)
        if LeakedExamples().leaks(copies):
            part = f"{copies.count} of {count(copies.looked_at, 'example')} ({share(copies.count / copies.looked_at)})"
            yield f"scores on {sample.name} are too good: {part} are copies of examples of {train} (unstuck audit)"
    for groups in shared_groups(dataset):
        if groups.shared:
            part = f"{groups.shared} of {count(groups.groups, 'group')} stand in {train} too"
            yield f"scores on {names[groups.split]} are too good: {part} (unstuck audit)"
