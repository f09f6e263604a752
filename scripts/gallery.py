"""The gallery: runs its cases, keeps each report, two pictures of it and the answer, and writes the page.

``python scripts/gallery.py [NAME …]`` makes all cases anew, or some of them. Needs the extras ``torch``, ``examples``
and ``docs``, and a Chromium (``--chromium PATH``). What names this machine is taken out of what is kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from gallery_cases import CASES, Case
from PIL import Image
from playwright.sync_api import sync_playwright

from unstuck.core.finding import Severity
from unstuck.run import Run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs" / "gallery"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip
MOST_BYTES = 6 << 20
"""of everything that is kept"""
COLUMNS = 92
COLOURS = 96
SHOTS = {"light": (1600, 2000, 1200), "dark": (400, 1500, 400)}
"""colour scheme → width, greatest height, width that is kept; in pixels"""
SIDE_BY_SIDE = 2
LIMIT = 300.0
"""seconds for one case"""
HEAD = """---
hide: [navigation]
---

# Gallery

Ten sick and three healthy programs, most of them on real data (scikit-learn's), each run as a user would and never
touched up. The pictures lead to the reports; `python scripts/gallery.py` makes everything here anew."""


def main() -> None:
    """Make the cases, then the page; say what is too large, or no longer so."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--chromium", default=CHROMIUM)
    asked = parser.parse_args()
    cases = [case for case in CASES if not asked.names or case.name in asked.names]
    with tempfile.TemporaryDirectory() as folder:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            runs = list(pool.map(lambda case: watched(case, Path(folder)), cases))
        wrong = [text for case, run in zip(cases, runs, strict=True) if (text := keep(case, run, Path(folder)))]
    photograph(cases, asked.chromium)
    made = [case for case in CASES if (KEPT / case.name / "dark.png").exists()]
    (KEPT / "index.md").write_text(page(made), encoding="utf-8")
    size = sum(file.stat().st_size for file in KEPT.rglob("*") if file.is_file())
    print(f"{len(cases)} cases, {size / 2**20:.1f} MiB in all")
    if size > MOST_BYTES:
        wrong.append(f"the gallery is larger than {MOST_BYTES / 2**20:.0f} MiB")
    sys.exit("\n".join(wrong) or 0)


def watched(case: Case, folder: Path) -> Run:
    """Run a case as a user would, from the root of the repository."""
    command = [sys.executable, "-m", "unstuck", "run", "--dir", str(folder / case.name), *case.options, case.program]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=LIMIT, check=False)
    return Run(next(path for path in (folder / case.name).iterdir() if path.is_dir()))


def keep(case: Case, run: Run, folder: Path) -> str:
    """Write report and answer; what is wrong with them, if anything."""
    answer = run.answer()
    place = KEPT / case.name
    place.mkdir(parents=True, exist_ok=True)
    told = answer.text(colour=False, width=COLUMNS).splitlines()
    text = "\n".join(line for line in told if not line.startswith(("record: ", "report: ")))
    (place / "answer.txt").write_text(anonymous(text, folder).strip("\n") + "\n", encoding="utf-8")
    (place / "report.html").write_text(anonymous(answer.html(), folder), encoding="utf-8")
    findings = [one.finding for one in answer.diagnosis.findings if one.finding.severity is not Severity.INFO]
    codes = {finding.code for finding in findings}
    if set(case.expects) - codes or (codes and not case.expects):
        return f"{case.name}: expected {case.expects or 'no alarm'}, found {sorted(codes)}: {answer.diagnosis.answer}"
    print(f"{case.name}: {answer.diagnosis.answer}")
    return ""


def anonymous(text: str, folder: Path) -> str:
    """Without this machine's folders and system."""
    known = {str(folder): "/project/.unstuck", str(ROOT): "/project", sys.prefix: "/venv", sys.base_prefix: "/usr"}
    for path, name in known.items():
        text = text.replace(path, name)
    return text.replace(f" {platform.release()} ", " ")


def photograph(cases: Sequence[Case], chromium: str) -> None:
    """Two pictures of each report: wide and light, narrow and dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        for case in cases:
            for scheme in SHOTS:
                picture(browser, KEPT / case.name, scheme)
        browser.close()


def picture(browser: Browser, place: Path, scheme: str) -> None:
    """One picture, made small."""
    width, highest, kept = SHOTS[scheme]
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((place / "report.html").resolve().as_uri())
    height = min(highest, int(page.evaluate("document.documentElement.scrollHeight")))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    shot = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    page.close()
    image = Image.open(BytesIO(shot)).convert("RGB")
    if kept < width:
        image = image.resize((kept, round(image.height * kept / width)), Image.Resampling.LANCZOS)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(place / f"{scheme}.png", optimize=True)


def page(cases: Sequence[Case]) -> str:
    """The gallery's page."""
    return "\n\n".join([HEAD, *map(section, cases)]) + "\n"


def section(case: Case) -> str:
    """One case on the page."""
    command = " ".join(["unstuck run", *case.options, case.program])
    return f"""<div class="case" markdown>

## {case.title} {{ #{case.name} }}

{case.told}

<div class="shots" markdown>

[![The report, wide and light: {case.title}]({case.name}/light.png){{ loading=lazy }}]({case.name}/report.html)

[![The report, narrow and dark: {case.title}]({case.name}/dark.png){{ loading=lazy }}]({case.name}/report.html)

</div>

??? abstract "The answer in the terminal"

    ``` {{ .answer title="{command}" }}
    --8<-- "gallery/{case.name}/answer.txt"
    ```

</div>"""


if __name__ == "__main__":
    main()
