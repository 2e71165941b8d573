"""Keys and seconds of a person's daily jobs, done by a script in Chromium: ``python -m bench.keystrokes --port 8000``.

The site runs already, with the demo household (``manage.py serve --demo``); its rows are changed. A key is one press,
whatever it is held with; each letter that is typed is one. Loopback only.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import django
from playwright.sync_api import Page, expect, sync_playwright

ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu")


@dataclass
class Counted:
    """The keyboard of a page, which counts."""

    page: Page
    keys: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        for letter in text:
            self.page.keyboard.type(letter)
            self.keys += 1


def record(page: Page, board: Counted) -> None:
    """A purchase that is known already: its amount, the beginning of its name, and what goes with it."""
    page.goto("/dashboard/")
    board.press("n")
    board.type("42.50")
    board.press("Tab")
    board.type("fre")
    expect(page.locator("#quick-add [role=option]").first).to_be_visible()
    board.press("ArrowDown", "Enter")
    expect(page.locator("#quick-add [data-suggest-reason]")).not_to_be_empty()
    board.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved")


def categorise_one(page: Page, board: Counted) -> None:
    page.goto("/transactions/?uncategorised=on")
    file_next(page, board, "g", 1)


def categorise_ten(page: Page, board: Counted) -> None:
    page.goto("/transactions/")
    for number in range(10):
        file_next(page, board, "fdghis"[number % 6], number + 1)


def file_next(page: Page, board: Counted, letter: str, number: int) -> None:
    if page.locator(".row:focus-within .transfer").count():
        board.press("j")  # a transfer has no category
    board.press("c")
    board.type(letter)
    board.press("Enter")
    expect(page.locator(".row-file")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def find_amount(page: Page, board: Counted) -> None:
    page.goto("/dashboard/")
    board.press("/")
    page.wait_for_url("**/transactions/**")
    expect(page.locator("#filter_q")).to_be_focused()
    board.type("amount=119")
    board.press("Enter")
    expect(page.locator(".chips")).to_be_visible()


def correct_account(page: Page, board: Counted) -> None:
    """The account of the first row, by the keys of the editor in the line."""
    page.goto("/transactions/?q=basket")
    board.press("e")
    expect(page.locator("form[data-inline]")).to_be_visible()
    expect(page.locator("form[data-inline] [name=description]")).to_be_focused()
    board.press("Tab", "Tab", "ArrowDown", "Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved")


def next_period(page: Page, board: Counted) -> None:
    """To the budget, and its next period."""
    page.goto("/dashboard/")
    board.press("Control+k")
    board.type("bud")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Budget")
    board.press("Enter")
    page.wait_for_url("**/budget/**")
    board.press("Control+k")
    board.type("open")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Open")
    board.press("Enter")
    page.wait_for_load_state("networkidle")


JOBS: Final[dict[str, Callable[[Page, Counted], None]]] = {
    "Record a purchase": record,
    "Categorise one": categorise_one,
    "Categorise ten": categorise_ten,
    "Find an amount": find_amount,
    "Correct an account": correct_account,
    "Next period": next_period,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
    django.setup()
    from django.conf import settings

    from wealthwise.demo.sample_data import DEMO_PASSWORD

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        page = browser.new_page(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1280, "height": 800})
        page.goto("/auth/login/")
        page.fill("input[name=login]", settings.DEMO_EMAIL)
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/dashboard/")
        for name, job in JOBS.items():
            board, begun = Counted(page), time.monotonic()
            job(page, board)
            sys.stdout.write(f"| {name} | {board.keys} | {time.monotonic() - begun:.1f} |\n")
            sys.stdout.flush()
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
