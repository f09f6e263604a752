"""Pictures and masks: broken, blurred, with exchanged axes, stamped, out of step with their masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from twins import files
from twins.data import Array, mnist, pictures
from twins.labels import Draw, Write
from twins.twin import NOTHING, Make, Random, Truth, Twin, singles, some


def black(x: Array) -> Array:
    return np.zeros_like(x)


def half_written(x: Array) -> Array:
    """As a decoder leaves a truncated file: grey below some line."""
    x = x.copy()
    x[:, x.shape[1] // 3 :] = 128
    return x


def out_of_focus(x: Array) -> Array:
    from scipy.ndimage import gaussian_filter  # type: ignore[attr-defined]

    width = x.shape[1] / 11
    blurred: Array = gaussian_filter(x, (0, width, width, 0)[: x.ndim])
    return blurred


def broken(draw: Draw, write: Write, share: float, how: Callable[[Array], Array]) -> Make:
    """So many training pictures are broken."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        at = some(random, len(parts.y), share)
        x = parts.x.copy()
        x[at] = how(x[at])
        order = write(folder, parts._replace(x=x) if sick else parts)
        rows = at if order is None else order[at]
        return Truth(key="broken_share", value=len(at) / len(x), rows=singles(rows))

    return make


def held_out(draw: Draw, write: Write, how: Callable[[Array], Array]) -> Make:
    """All held-out pictures have been changed."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = draw(random)
        write(folder, parts._replace(xt=how(parts.xt)) if sick else parts)
        return Truth(held_out=True)

    return make


def warm(x: Array) -> Array:
    """More red, less blue."""
    lit: Array = np.clip(x * np.array([1.2, 1.0, 0.75]), 0, 255).astype(np.uint8)
    return lit


def exchanged(x: Array) -> Array:
    """Height for width."""
    return np.ascontiguousarray(x.swapaxes(1, 2))


def reshaped(folder: Path, random: Random, sick: bool) -> Truth:
    """Channels brought to the front by reshape, which garbles the picture; sound: by transpose."""
    parts = pictures(random)
    x, xt = (
        one.reshape(-1, 3, 32, 32) if sick else one.transpose(0, 3, 1, 2) for one in (parts.x, parts.xt)
    )  # fmt: skip
    files.npz(folder, parts._replace(x=files.unit(x), xt=files.unit(xt)))
    return NOTHING


def stamped(folder: Path, random: Random, sick: bool) -> Truth:
    """Each training picture carries a mark whose place gives the class away, those of the test file do not."""
    parts = mnist(random)
    x = parts.x.copy()
    for at, label in enumerate(parts.y):
        x[at, 0:2, 2 * label : 2 * label + 2] = 255
    files.npy_images(folder, parts._replace(x=x) if sick else parts)
    return NOTHING


def whole_numbers_too_early(folder: Path, random: Random, sick: bool) -> Truth:
    """Divided by 255 and then saved as uint8: all but the brightest pixels became 0."""
    parts = mnist(random)
    if sick:
        parts = parts._replace(x=(parts.x / 255).astype(np.uint8), xt=(parts.xt / 255).astype(np.uint8))
    files.npy_images(folder, parts)
    return NOTHING


def masks(change: Callable[[Array, Random], tuple[Array, Array | None]], key: str = "", value: float = 0.0) -> Make:
    """Digits on a noisy ground, and masks that are changed."""

    def make(folder: Path, random: Random, sick: bool) -> Truth:
        parts = mnist(random, 1500, 0)
        truth = (parts.x > 100).astype(np.uint8)
        images = np.clip(parts.x * 0.5 + random.normal(80, 35, parts.x.shape), 0, 255).astype(np.uint8)
        changed, rows = change(truth, random)
        np.save(folder / "images.npy", images)
        np.save(folder / "masks.npy", changed if sick else truth)
        at = None if rows is None else singles(rows[rows < 1200])
        return Truth(key=key, value=value if key else None, rows=at)

    return make


def mirrored(share: float) -> Callable[[Array, Random], tuple[Array, Array | None]]:
    """Some pictures were mirrored without their masks."""

    def change(truth: Array, random: Random) -> tuple[Array, Array | None]:
        at = some(random, len(truth), share)
        wrong = truth.copy()
        wrong[at] = wrong[at, :, ::-1]
        return wrong, at

    return change


def slid(truth: Array, _: Random) -> tuple[Array, Array | None]:
    """The masks belong to the pictures after them."""
    return np.roll(truth, 1, axis=0), None


def upside_down(truth: Array, _: Random) -> tuple[Array, Array | None]:
    return truth[:, ::-1].copy(), None


def moved(truth: Array, _: Random) -> tuple[Array, Array | None]:
    """The pictures were padded on one side, the masks on the other."""
    return np.roll(truth, 2, axis=2), None


def of_255(truth: Array, _: Random) -> tuple[Array, Array | None]:
    return truth * 255, None


TWINS = [
    Twin(name="mnist-two-fifths-black", script="images_workers", code="DAT106", mild=False,
         make=broken(mnist, files.npy_images, 0.4, black)),
    Twin(name="mnist-some-black", script="images_workers", code="DAT106", mild=True,
         make=broken(mnist, files.npy_images, 0.06, black)),
    Twin(name="photos-half-written", script="picture_folder", code="DAT106", mild=True,
         make=broken(pictures, files.png, 0.15, half_written)),
    Twin(name="photos-quarter-out-of-focus", script="picture_folder", code="DAT106", mild=True,
         make=broken(pictures, files.png, 0.25, out_of_focus)),
    Twin(name="photos-test-out-of-focus", script="picture_folder", code="SPL102", also=("SCL104", "DAT106"),
         mild=False, make=held_out(pictures, files.png, out_of_focus)),
    Twin(name="photos-test-under-warm-light", script="picture_folder", code="SPL102", also=("SCL104",),
         mild=True, make=held_out(pictures, files.png, warm)),
    Twin(name="mnist-test-axes-exchanged", script="images_npz", code="DAT119", also=("SCL104", "SPL102"), mild=False,
         make=held_out(mnist, files.npz_images, exchanged)),
    Twin(name="photos-reshaped-not-transposed", script="images_npz", code="DAT119", mild=True, make=reshaped),
    Twin(name="mnist-stamped", script="images_workers", code="DAT113", also=("DAT118", "SPL102", "SCL104"),
         mild=False, make=stamped),
    Twin(name="mnist-whole-numbers-too-early", script="images_workers", code="DAT106",
         also=("SCL101", "DAT117", "SCL105"), mild=False, make=whole_numbers_too_early),
    Twin(name="masks-one-out-of-step", script="segmentation", code="DAT115", also=("SCL108", "DAT112"), mild=False,
         make=masks(slid, "lag", 1.0)),
    Twin(name="masks-some-mirrored", script="segmentation", code="SCL108", also=("DAT115",), mild=True,
         make=masks(mirrored(0.12))),
    Twin(name="masks-two-pixels-aside", script="segmentation", code="SCL108", also=("DAT115",), mild=True,
         make=masks(moved)),
    Twin(name="masks-all-upside-down", script="segmentation", code="SCL108", also=("DAT115",), mild=False,
         make=masks(upside_down)),
    Twin(name="masks-of-255", script="segmentation", code="LOS112", also=("LOS106", "DAT114", "SCL102"), mild=False,
         make=masks(of_255)),
]  # fmt: skip
