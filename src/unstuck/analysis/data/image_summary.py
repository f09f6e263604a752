"""What the images of a split are like, in a few numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.images import Array, Images
from unstuck.record.events.data.images import ImageSummary

MOST_SIZES = 20
CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}
"""names of Pillow"""


def image_summary(split: int, images: Images) -> ImageSummary:
    """Sizes, modes, colours, sharpness of the images of a split."""
    found = image_statistics(images)
    good = np.nonzero(found.readable)[0]
    headers = [found.headers[at] for at in good]
    sizes = Counter((height, width) for height, width in found.sizes[good].tolist())
    modes = Counter(
        header.mode if header else CHANNELS.get(channels, f"{channels} channels")
        for header, channels in zip(headers, found.channels[good].tolist(), strict=True)
    )
    colours = 3 if (found.channels[good] >= 3).any() else 1
    means = found.means[good, :colours].astype(np.float64)
    return ImageSummary(
        split=split, looked_at=len(images), readable=len(good),
        sizes=tuple((height, width, count) for (height, width), count in sizes.most_common(MOST_SIZES)),
        modes=tuple(modes.most_common()), formats=tuple(Counter(h.format for h in headers if h).most_common()),
        means=tuple(means.mean(axis=0).tolist()) if len(good) else (),
        sharpness=_median(found.sharpness), entropy=_median(found.entropy),
    )  # fmt: skip


def _median(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
