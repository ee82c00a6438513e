"""The built book, served on this machine and opened in a browser with every other host out of reach.

Nothing here builds the pages. The fixtures ``light`` and ``phone`` each give every page of the table of contents
in turn, so that a test written for one page is run for all of them. Loading pages is what takes the time here: there is
one visit by day on a desktop, and one by night on a telephone.
"""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build" / "html"
MODES = {"light": (1280, 900, "light"), "phone": (390, 844, "dark")}
SETTINGS = [
    "--no-sandbox",  # Chromium refuses to start as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def documents() -> list[str]:
    """The documents that the table of contents names, ``book/intro`` for example."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


def pytest_generate_tests(metafunc):
    for name in ("document", *MODES):
        if name in metafunc.fixturenames:
            indirect = [name] if name in MODES else False
            metafunc.parametrize(name, documents(), indirect=indirect, scope="module")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built pages."""
    lacking = [name for name in documents() if not (BUILT / f"{name}.html").is_file()]
    if lacking:
        pytest.fail(f"not built: {', '.join(lacking)}; run `make html` first, or `make test`", pytrace=False)
    return BUILT


@dataclass
class Visit:
    """One open page, with everything that went wrong while it loaded."""

    page: Page
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def each(self, selector: str, script: str) -> list[Any]:
        """The values of a JavaScript function on all elements that a selector finds."""
        found: list[Any] = self.page.eval_on_selector_all(selector, f"all => all.map({script})")
        return found


@pytest.fixture(scope="session")
def origin(built: Path) -> Iterator[str]:
    """Where the book is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing: the browser reports what fails."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=SETTINGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def light(request, browser, origin) -> Iterator[Visit]:
    """A page on a desktop, in light mode."""
    with visit(browser, f"{origin}/{request.param}.html", "light") as seen:
        yield seen


@pytest.fixture(scope="module")
def phone(request, browser, origin) -> Iterator[Visit]:
    """A page on a telephone held upright, in dark mode."""
    with visit(browser, f"{origin}/{request.param}.html", "phone") as seen:
        yield seen


@contextmanager
def visit(browser: Browser, address: str, mode: str) -> Iterator[Visit]:
    """Open a page and wait until its maths, widgets, images and fonts are there."""
    width, height, scheme = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        seen = Visit(context.new_page())
        origin = "/".join(address.split("/")[:3])

        def gate(route: Route) -> None:
            if route.request.url.startswith(f"{origin}/"):
                route.continue_()
            else:
                seen.foreign.append(route.request.url)
                route.abort()

        context.route("**/*", gate)
        seen.page.on("requestfailed", lambda request: seen.failed.append(f"{request.url}: {request.failure}"))
        seen.page.on("response", lambda answer: seen.failed.append(answer.url) if answer.status >= 400 else None)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        seen.page.goto(address, wait_until="load")
        seen.page.evaluate("() => { for (const image of document.images) image.loading = 'eager'; }")
        seen.page.evaluate("() => window.MathJax?.startup?.promise.then(() => true)")
        seen.page.evaluate("() => document.fonts.ready.then(() => true)")
        seen.page.wait_for_load_state("networkidle")
        yield seen
    finally:
        context.close()
