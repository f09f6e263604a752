"""The page and the notebook's snippet as a browser shows them: nothing cut, nothing empty, nothing fetched."""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path

import pytest
from browser_runs import SCRIPTS, make

pytestmark = pytest.mark.xdist_group("browser")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
SMALL, LARGE, PAPER = (400, 800), (1600, 900), (794, 1123)
SEEN = Path(__file__).with_name("seen.js").read_text()
names = pytest.mark.parametrize("name", list(SCRIPTS))


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shown(browser, warm, tmp_path_factory):
    return make(warm, tmp_path_factory.mktemp("pages"))


@pytest.fixture
def visit(browser):
    """Open a file; whatever goes wrong or leaves the page fails the test."""
    contexts, wrong = [], []

    def only_files(route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            wrong.append(f"request of {route.request.url}")
            route.abort()

    def open_page(path, size=LARGE, *, scheme="light", script=True):
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        context.route("**/*", only_files)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def seen(page):
    """What `seen.js` measures, with everything folded opened."""
    return page.evaluate(SEEN)


@names
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_the_answer_and_the_first_code_are_on_the_first_screen(visit, shown, name, size):
    page = visit(shown[name].page, size)
    answer = page.locator("h1").bounding_box()
    assert answer["y"] >= 0
    assert answer["y"] + answer["height"] <= size[1]
    assert answer["x"] + answer["width"] <= size[0]
    diagnosis = shown[name].answer.diagnosis
    assert diagnosis.answer in page.locator("h1").inner_text()
    if diagnosis.findings:
        first = min(diagnosis.findings, key=lambda ranked: ranked.rank).finding.code
        code = page.get_by_text(first).first.bounding_box()
        assert code["y"] + code["height"] <= size[1]


@names
def test_without_experiments_the_first_finding_begins_on_the_first_screen(visit, shown, name):
    if not shown[name].codes or name == "experiments":
        assert name in ("healthy", "crashed", "before-any-training", "experiments")
        return
    for size in (SMALL, LARGE):
        heading = visit(shown[name].page, size).locator("article h2").first.bounding_box()
        assert heading["y"] + heading["height"] <= size[1]


@names
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("of", ["page", "snippet"])
def test_every_panel_draws_and_nothing_overflows(visit, shown, name, size, of):
    told = seen(visit(getattr(shown[name], of), size))
    assert told["overflow"] <= 0
    assert told["wider"] == []
    trained = shown[name].answer.diagnosis.trainings
    assert (len(told["drawings"]) > 0) == bool(trained)
    for drawing in told["drawings"]:
        assert drawing["width"] > 20, drawing
        assert drawing["height"] > 10, drawing
        assert drawing["marks"] > 0, drawing
        assert drawing["outside"] == [], drawing
    assert told["empty"] == []


@names
def test_on_paper_it_is_whole_too(visit, shown, name):
    page = visit(shown[name].page, PAPER, scheme="dark")
    page.emulate_media(media="print")
    told = seen(page)
    assert told["overflow"] <= 0
    assert told["wider"] == []
    assert told["empty"] == []
    assert all(drawing["marks"] for drawing in told["drawings"])
    assert light(told["background"])
    made = page.pdf(format="A4")
    assert made.startswith(b"%PDF")
    assert len(made) > 10_000


def light(colour):
    """Whether an ``rgb(…)`` is nearer to white than to black."""
    parts = [float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    return sum(parts) > 3 * 127


@names
@pytest.mark.parametrize("of", ["page", "snippet"])
def test_light_and_dark_differ_and_the_script_does_not(visit, shown, name, of):
    path = getattr(shown[name], of)
    pages = [visit(path, scheme=scheme) for scheme in ("light", "dark")]
    where = "body" if of == "page" else ".unstuck-run"
    grounds = [
        page.evaluate("where => getComputedStyle(document.querySelector(where)).backgroundColor", where)
        for page in pages
    ]
    assert [light(ground) for ground in grounds] == [True, False]
    without = visit(path, script=False)
    assert without.screenshot(full_page=True) == pages[0].screenshot(full_page=True)


@names
@pytest.mark.parametrize(("size", "scheme"), [(LARGE, "light"), (SMALL, "dark")], ids=["light", "dark"])
@pytest.mark.parametrize("of", ["page", "snippet"])
def test_axe_finds_nothing_serious(visit, shown, name, size, scheme, of):
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page = visit(getattr(shown[name], of), size, scheme=scheme)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 5
    assert [
        (one["id"], one["impact"], [(node["target"], node["failureSummary"]) for node in one["nodes"]][:4])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ] == []


def test_the_snippet_changes_nothing_around_it(visit, shown):
    page = visit(shown["several-findings"].snippet)
    styles = """() => [...document.querySelectorAll('main > :not(.unstuck-run), main > p *, main > svg *')]
        .map(one => { const style = getComputedStyle(one); return [...style].map(key => key + style[key]).join() })"""
    before = page.evaluate(styles)
    assert len(before) >= 5
    page.evaluate("() => document.querySelector('.unstuck-run').remove()")
    assert page.evaluate(styles) == before


@pytest.mark.parametrize(
    ("theme", "dark"),
    [("data-jp-theme-light='true'", False), ("data-jp-theme-light='false'", True), ("class='vscode-dark'", True)],
    ids=["JupyterLab light", "JupyterLab dark", "VS Code dark"],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_snippet_follows_the_notebook_and_not_the_system(visit, shown, tmp_path, theme, dark, scheme):
    hosted = tmp_path / "hosted.html"
    hosted.write_text(shown["healthy"].snippet.read_text().replace("<body>", f"<body {theme}>"))
    page = visit(hosted, scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.querySelector('.unstuck-run')).backgroundColor")
    assert light(ground) is not dark
