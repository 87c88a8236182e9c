"""Fixtures of the browser journeys: a live portal on a fresh database, and pages that refuse what a user must not get.

Every page fails its test on a console message about the Content-Security-Policy, on a script error, and on a request
to any other host. `phone` is 360×640 with JavaScript, `plain_phone` without, `any_phone` runs the test with each,
`desk` is 1280×800; `open_page` makes further ones.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from grid.house.chromium import find_chromium

OpenPage = Callable[..., Page]
_BROWSER_FIXTURES = {"browser", "page", "context", "phone", "plain_phone", "any_phone", "desk", "open_page"}
_BROWSER_ITSELF = ("data:", "blob:", "about:", "chrome-extension:")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses a page is a browser test, so that `-m "not browser"` leaves nothing behind."""
    for item in items:
        if _BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@dataclass
class LivePortal:
    """A running web server: its address and the name of its database."""

    url: str
    database: str


@pytest.fixture
def live_portal(fresh_database: str) -> Iterator[LivePortal]:
    """The portal behind a threaded web server, on a database of its own, static files included."""
    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.core.wsgi import get_wsgi_application
    from django.test.testcases import QuietWSGIRequestHandler

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.daemon_threads = False  # closing waits for answers under way: their database is dropped next
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield LivePortal(f"http://127.0.0.1:{server.server_port}", fresh_database)
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture(scope="session")
def browser_type_launch_args(pytestconfig: pytest.Config) -> dict[str, object]:
    """The system's Chromium. Without one the test is skipped, or fails where CI=true."""
    headed = bool(pytestconfig.getoption("--headed"))
    path = find_chromium(with_window=headed)
    if path is None:
        reason = "No Chromium or Chrome was found (set CHROMIUM=/path/to/it)."
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(reason)
    arguments = ["--disable-dev-shm-usage", "--lang=zh-CN"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": path, "args": arguments, "headless": not headed}


@pytest.fixture
def page_faults() -> Iterator[list[str]]:
    """What the pages did that they must not do; anything left in it fails the test."""
    faults: list[str] = []
    yield faults
    assert not faults, "\n".join(faults)


@pytest.fixture
def open_page(live_portal: LivePortal, browser: Browser, page_faults: list[str]) -> Iterator[OpenPage]:
    """Makes a page in a context (cookies) of its own: open_page(javascript=False, width=360, height=640)."""
    contexts = []

    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            page_faults.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        address = request.url
        if not address.startswith(_BROWSER_ITSELF) and urlsplit(address).netloc != urlsplit(live_portal.url).netloc:
            page_faults.append(f"request to another host: {address}")

    def make(*, javascript: bool = True, width: int = 360, height: int = 640, language: str = "zh-CN") -> Page:
        context = browser.new_context(
            base_url=live_portal.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(10_000)
        context.on("console", on_console)
        context.on("request", on_request)
        context.on("weberror", lambda error: page_faults.append(f"script error: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A phone with JavaScript."""
    return open_page()


@pytest.fixture
def plain_phone(open_page: OpenPage) -> Page:
    """A phone without JavaScript."""
    return open_page(javascript=False)


@pytest.fixture(params=["with-javascript", "without-javascript"])
def any_phone(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    """The test runs twice: on a phone with JavaScript and on one without."""
    return open_page(javascript=request.param == "with-javascript")


@pytest.fixture
def desk(open_page: OpenPage) -> Page:
    """A supervisor's PC."""
    return open_page(width=1280, height=800)
