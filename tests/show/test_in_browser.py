"""The page and the notebook's snippet as a browser shows them: nothing cut, nothing empty, nothing fetched.

Each is opened once with scripts and once without, and measured in several sizes and schemes by `seen.js`; the tests
judge the measurements. They know nothing of what the page shows, so that they hold for panels to come.
"""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path

import pytest
from browser_runs import SCRIPTS, SNIPPETS, make

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
SMALL, LARGE, PAPER = (400, 800), (1600, 900), (794, 1123)
ROOM = 2.0
"""pixels by which a line may be wider than its place"""
SEEN = Path(__file__).with_name("seen.js").read_text()
PAGES = [*((name, "page") for name in SCRIPTS), *((name, "snippet") for name in SNIPPETS)]
LIKE_OTHERS = {
    *((name, "page") for name in ("healthy", "crashed", "diverged")),
    *((name, "snippet") for name in SNIPPETS[:2]),
}
"""what the default run leaves out: their panels are in the other pages too, and each takes ten seconds"""


def _marks(name, of):
    return [pytest.mark.slow] if (name, of) in LIKE_OTHERS else []


each = pytest.mark.parametrize(
    ("name", "of"), [pytest.param(name, of, id=f"{name} {of}", marks=_marks(name, of)) for name, of in PAGES]
)
each_page = pytest.mark.parametrize("name", [pytest.param(name, marks=_marks(name, "page")) for name in SCRIPTS])


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shown(browser, warm, tmp_path_factory):
    return make(warm, tmp_path_factory.mktemp("pages"))


class Visitor:
    """Opens files; keeps what goes wrong in them and whatever they ask for beyond files."""

    def __init__(self, browser):
        self.browser = browser
        self.wrong = []

    def open(self, path, *, script=True):
        context = self.browser.new_context(viewport=_sized(SMALL), java_script_enabled=script)
        context.route("**/*", self._only_files)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto(path.as_uri())
        return page

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _only_files(self, route):
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            self.wrong.append(f"request of {route.request.url}")
            route.abort()


def _sized(size):
    return {"width": size[0], "height": size[1]}


@pytest.fixture(scope="module")
def looked(browser, shown):
    """(name, page or snippet) -> what was measured there."""
    known = {}

    def look(name, of):
        if (name, of) not in known:
            known[name, of] = _look(browser, getattr(shown[name], of))
        return known[name, of]

    return look


def _look(browser, path):
    axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    visitor = Visitor(browser)
    page = visitor.open(path)
    told = {}
    for label, size, scheme in (("small", SMALL, "dark"), ("large", LARGE, "light")):
        page.set_viewport_size(_sized(size))
        page.emulate_media(media="screen", color_scheme=scheme)
        told[label] = {**page.evaluate(SEEN), "size": size}
        if label == "small":
            page.evaluate(axe)
        # Asked twice for the one thing that a scheme can spoil.
        only = {} if label == "small" else {"runOnly": ["color-contrast"]}
        told[label]["axe"] = page.evaluate("only => axe.run(document, {resultTypes: ['violations'], ...only})", only)
    told["screen"] = page.screenshot()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size(_sized(PAPER))
    told["paper"] = page.evaluate(SEEN)
    told["pdf"] = page.pdf(format="A4")
    page.context.close()
    page = visitor.open(path, script=False)
    page.set_viewport_size(_sized(LARGE))
    page.emulate_media(color_scheme="light")
    for folded in page.locator("details > summary").all():
        folded.click()
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(1, 1)
    told["screen without script"] = page.screenshot()
    page.context.close()
    return {**told, "wrong": visitor.wrong}


@each
def test_no_error_and_no_request(looked, name, of):
    assert looked(name, of)["wrong"] == []


@each_page
@pytest.mark.parametrize("size", ["small", "large"])
def test_the_answer_and_the_first_code_are_on_the_first_screen(looked, shown, name, size):
    told, diagnosis = looked(name, "page")[size], shown[name].answer.diagnosis
    (answer,) = (text for text in told["texts"] if text["tag"] == "H1")
    width, height = told["size"]
    assert diagnosis.answer in answer["text"]
    assert answer["top"] >= 0
    assert answer["bottom"] <= height
    assert answer["right"] <= width
    first = min(diagnosis.findings, key=lambda ranked: ranked.rank, default=None)
    if first is None:
        assert name in ("healthy", "crashed", "before-any-training")
    else:
        assert any(first.finding.code in text["text"] and text["bottom"] <= height for text in told["texts"])


@pytest.mark.parametrize("name", ["several-findings", pytest.param("diverged", marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", ["small", "large"])
def test_the_first_finding_begins_on_the_first_screen(looked, shown, name, size):
    told = looked(name, "page")[size]
    headings = [text for text in told["texts"] if text["tag"] == "H2"]
    assert shown[name].answer.diagnosis.findings[0].finding.code in headings[0]["text"]
    assert headings[0]["bottom"] <= told["size"][1]


@each
@pytest.mark.parametrize("where", ["small", "large", "paper"])
def test_every_panel_draws_and_nothing_overflows(looked, shown, name, of, where):
    told = looked(name, of)[where]
    assert told["overflow"] <= 0
    assert told["wider"] == []
    assert told["empty"] == []
    drawings = told["drawings"]
    assert len(drawings) > (of == "snippet") or not shown[name].answer.diagnosis.trainings
    for drawing in drawings:
        assert drawing["width"] > 20, drawing
        assert drawing["height"] > 10, drawing
        assert drawing["marks"] > 0, drawing
        assert drawing["outside"] == [], drawing


def light(colour):
    """Whether an ``rgb(…)`` is nearer to white than to black."""
    parts = [float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    return sum(parts) > 3 * 127


@each
def test_dark_light_and_paper_have_their_grounds(looked, name, of):
    told = looked(name, of)
    assert not light(told["small"]["ground"])
    assert light(told["large"]["ground"])
    assert light(told["paper"]["ground"]) or of == "snippet"


@each
def test_it_is_printed_and_needs_no_script(looked, name, of):
    told = looked(name, of)
    assert told["pdf"].startswith(b"%PDF")
    assert len(told["pdf"]) > 10_000
    assert told["screen"] == told["screen without script"]


@each
@pytest.mark.parametrize("size", ["small", "large"])
def test_axe_finds_nothing_serious(looked, name, of, size):
    found = looked(name, of)[size]["axe"]
    assert len(found["passes"]) >= 1
    assert [
        (one["id"], one["impact"], [(node["target"], node["failureSummary"]) for node in one["nodes"]][:4])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ] == []


def test_the_snippet_changes_nothing_around_it(browser, shown):
    page = Visitor(browser).open(shown["several-findings"].snippet)
    styles = """() => [...document.querySelectorAll('main > :not(.unstuck-run), main > p *, main > svg *')]
        .map(one => { const style = getComputedStyle(one); return [...style].map(key => key + style[key]).join() })"""
    before = page.evaluate(styles)
    assert len(before) >= 5
    page.evaluate("() => document.querySelector('.unstuck-run').remove()")
    assert page.evaluate(styles) == before
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_snippet_follows_the_notebook_and_not_the_system(browser, shown, scheme):
    page = Visitor(browser).open(shown["healthy"].snippet)
    page.emulate_media(color_scheme=scheme)
    ground = "getComputedStyle(document.querySelector('.unstuck-run')).backgroundColor"
    for theme, is_light in (("true", True), ("false", False)):
        page.evaluate("theme => { document.body.dataset.jpThemeLight = theme }", theme)
        assert light(page.evaluate(ground)) is is_light
    page.context.close()
