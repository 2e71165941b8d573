"""Render the demo household's pages in Chromium into docs/images/ (``make screenshots``).

Starts the demo server on a free port, signs in as the demo user, and ends only what it started.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGES = {
    "dashboard": "/dashboard/",
    "transactions": "/transactions/",
    "budget": "/budget/",
    "accounts": "/accounts/",
    "categories": "/transactions/categories/",
    "import": "/transactions/import/",
    "recurring": "/recurring/",
    "reports-spending": "/reports/",
    "reports-where": "/reports/where-it-went/",
    "reports-net-worth": "/reports/net-worth/",
    "settings": "/accounts/settings/",
}
CONSOLE = {"console": "/console/", "console-health": "/console/health/"}
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sign_in(page: Page) -> None:
    from django.conf import settings

    from wealthwise.demo import sample_data

    page.goto("/auth/login/")
    page.fill("input[name=login]", settings.DEMO_EMAIL)
    page.fill("input[name=password]", sample_data.DEMO_PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/dashboard/")


def render(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        sign_in(page)
        page.goto("/accounts/")
        account = page.locator("main a.row-main").first.get_attribute("href") or ""
        take(page, PAGES | {"account": account}, SIZES)
        with as_staff():
            take(page, CONSOLE, {"desktop": SIZES["desktop"]})
        browser.close()


def take(page: Page, pages: dict[str, str], sizes: dict[str, tuple[int, int]]) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for size, (width, height) in sizes.items():
            page.set_viewport_size({"width": width, "height": height})
            for name, path in pages.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=IMAGES / f"{name}-{theme}-{size}.png")


@contextmanager
def as_staff() -> Iterator[None]:
    """The demo person sees the console, and is no longer staff afterwards."""
    grant(is_staff=True)
    try:
        yield
    finally:
        grant(is_staff=False)


def grant(*, is_staff: bool) -> None:
    """In a process of its own: playwright's event loop keeps Django from its database here."""
    change = (
        "from accounts.models import User; from wealthwise.core.caching import forget; "
        "from django.conf import settings; user = User.objects.get(email=settings.DEMO_EMAIL); "
        f"user.is_staff = user.is_superuser = {is_staff}; user.save(); forget(user.pk)"
    )
    subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", change], cwd=ROOT, check=True)


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
    django.setup()
    IMAGES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stdout or ():
                if f":{port}" in line:
                    break
            render(f"http://127.0.0.1:{port}")
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate()
    print(f"Wrote {len(list(IMAGES.glob('*.png')))} pictures to docs/images.")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
