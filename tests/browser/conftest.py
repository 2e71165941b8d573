"""Real Chromium against a live server on a real database.

Every context of every test collects Content-Security-Policy violations and script errors, and the test fails
at its end when there is one. Without Chromium these tests are skipped with a reason, unless
``WEALTHWISE_REQUIRE_BROWSER`` is set (the continuous integration sets it): then they fail.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.template.autoreload import reset_loaders
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from wealthwise import settings as deployed

# Playwright's sync API runs an event loop in this thread; the ORM is used from the test itself only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH_POLICY = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
    window.__violations.push(`${event.violatedDirective} blocked ${event.blockedURI}`);
});
"""
# What a page says for some seconds it says until the test has looked, which may take longer on a busy machine.
LINGER = """{
    const soon = window.setTimeout;
    window.setTimeout = (work, wait, ...more) => soon(work, wait >= 5000 ? 20 * wait : wait, ...more);
}"""
# A notice that fades in has too little contrast for a moment; what counts is how the page rests.
SETTLE = "document.getAnimations().forEach((move) => { try { move.finish(); } catch { move.cancel(); } })"
PATIENCE = 60_000  # milliseconds that a page has to answer or to change; no test judges by the clock
expect.set_options(timeout=PATIENCE)
# Each size and each theme once: what a theme breaks it breaks at either size, and the other way round.
LOOKS = [(1280, 900, "dark"), (390, 844, "light")]
# What can be right in one look and wrong in the other; names and roles are the same in both.
OF_A_LOOK = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not os.environ.get("WEALTHWISE_REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason="no Chromium here: install it to run the browser tests"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    assert CHROMIUM, "Chromium is required: apt-get install chromium"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


FAULTS: list[str] = []  # of all contexts, in the test that runs


@pytest.fixture(autouse=True)
def _policy_is_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch each context that a test opens, by whichever way, and each page and popup in it."""
    create = Browser.new_context

    def watched(self: Browser, **options: Any) -> BrowserContext:
        context = create(self, **options)
        context.add_init_script(WATCH_POLICY + LINGER)
        context.on("console", lambda message: _collect(FAULTS, message.type, message.text))
        context.on("weberror", lambda event: FAULTS.append(f"script error: {event.error}"))
        return context

    monkeypatch.setattr(Browser, "new_context", watched)
    monkeypatch.setattr(Browser, "new_page", lambda self, **options: watched(self, **options).new_page())
    FAULTS.clear()
    yield
    assert FAULTS == []


class Window:
    """One context for the first page of each test, as a new one takes longer than most tests.

    It keeps nothing from a test to the next: neither cookies nor stored words. An empty page keeps its process warm.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.context = browser.new_context(base_url=url, service_workers="block")
        self.context.set_default_timeout(PATIENCE)
        self.context.new_page().goto("/manifest.webmanifest")

    def open(self, *, width: int, height: int, theme: Any) -> Page:
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        return page

    def clear(self) -> None:
        first, *others = self.context.pages
        for page in others:
            page.close()
        self.context.clear_cookies()
        wire = self.context.new_cdp_session(first)
        wire.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "local_storage,indexeddb"})
        wire.detach()


@pytest.fixture(scope="session")
def windows() -> list[Window]:
    """None until a test needs it: a server that listens is not needed by each."""
    return []


@pytest.fixture
def open_page(browser: Browser, live_server: Any, windows: list[Window]) -> Iterator[Callable[..., Page]]:
    """``open_page(user=None, width=1280, height=900, theme="light", **options)``: a page of the live server.

    The first one of a test is in the window that all tests share, unless it has options of its own.
    """
    contexts: list[BrowserContext] = []
    taken: list[Window] = []

    def open_(user: Any = None, *, width: int = 1280, height: int = 900, theme: str = "light", **options: Any) -> Page:
        if options or taken:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=theme,
                **{"base_url": live_server.url, "service_workers": "block"} | options,
            )
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
            page = context.new_page()
        else:
            if not windows:
                windows.append(Window(browser, live_server.url))
            taken.append(windows[0])
            page = windows[0].open(width=width, height=height, theme=theme)
        if user is not None:
            page.context.add_cookies([session_cookie(user, options.get("base_url", live_server.url))])
        return page

    yield open_
    for context in contexts:
        context.close()
    for window in taken:
        window.clear()


def faults_in_each_look(page: Page, *, whole: bool = True) -> Iterator[str]:
    """What is wrong with the page that is open, in each of the looks; loaded once, and looked through whole once.

    Not ``whole``: names and roles are those of another address of the page, which was looked through.
    """
    for (width, height, theme), rules in zip(LOOKS, (None if whole else OF_A_LOOK, OF_A_LOOK), strict=True):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
        faults = axe_violations(page, rules)
        if scrolls_sideways(page):
            faults.append("scrolls sideways")
        yield from (f"{width} {theme}: {fault}" for fault in faults)


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files as a deployment collects them: hashed names, compressed."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STORAGES=deployed.STORAGES, STATIC_ROOT=root):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def deployed_url(static_root: Path, transactional_db: None) -> Iterator[str]:
    """A server that answers as a deployment does, static files by WhiteNoise included."""
    with override_settings(
        STORAGES=deployed.STORAGES, STATIC_ROOT=static_root, WHITENOISE_AUTOREFRESH=False, ALLOWED_HOSTS=["localhost"]
    ):
        reset_loaders()  # templates keep the addresses of static files
        thread = LiveServerThread("localhost", lambda handler: handler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        assert not thread.error
        yield f"http://localhost:{thread.port}"
        thread.terminate()
    reset_loaders()


def _collect(faults: list[str], kind: str, text: str) -> None:
    is_refusal = "status of 4" in text or "Response Status Error Code 4" in text
    if "Content Security Policy" in text or (kind == "error" and not is_refusal):
        faults.append(f"{kind}: {text}")


def session_cookie(user: Any, url: str) -> dict[str, Any]:
    """The cookie of a session of ``user``, as signing in would have made it."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


def axe_violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Rules of WCAG 2.2 AA and good practice that the page breaks, with the elements; of all or of these ``rules``."""
    from pytest_playwright_axe.axe import MIN_AXE_PATH

    page.wait_for_load_state()  # after a click the next page may still be coming
    page.evaluate(SETTLE)
    if not page.evaluate("'axe' in window"):
        page.evaluate(MIN_AXE_PATH.read_text() + ";0")  # evaluated by the debugger: the page's policy stays as it is
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": tags}
    # Styles and sounds are loaded a second time for rules that are not asked for or have nothing here to judge.
    options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def wait_until(page: Page, expression: str) -> None:
    """Ask again until it is true: Playwright's own waiting evaluates text in the page, which the policy refuses."""
    for _ in range(PATIENCE // 100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def offers(page: Page) -> Locator:
    """What the list offers that is open."""
    return page.locator(".combo-list:popover-open [role=option]")


def choose(box: Locator, name: str) -> None:
    """Choose by the keyboard in a box whose list is searched while one types."""
    box.fill(name)
    expect(offers(box.page).first).to_contain_text(name)
    box.press("Enter")
    expect(box).to_have_value(name)


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))
