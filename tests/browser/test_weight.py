"""What a first visit costs: bytes over the wire, and how much the page jumps while it loads.

Bytes are counted as they are sent, compressed, headers included, with an empty cache. The timestamp of the
largest paint depends on the machine, so it is recorded and not judged.
"""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from wealthwise.demo import sample_data

pytestmark = pytest.mark.django_db(transaction=True)

MOST_BYTES = 80 * 1024
MOST_SHIFT = 0.05
OBSERVE = """
window.__shift = 0;
window.__paint = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.__paint = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


@pytest.fixture
def household(transactional_db: None) -> Any:
    user = make_user("heavy", country="ZA", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    return user


@pytest.mark.parametrize("name", ["dashboard", "transactions:list", "budgets:budget", "landing"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_first_visit(
    open_page: Any, deployed_url: str, household: Any, name: str, width: int, record_property: Any
) -> None:
    page = open_page(None if name == "landing" else household, width=width, height=844, base_url=deployed_url)
    page.add_init_script(OBSERVE)
    sent: dict[str, int] = {}
    names: dict[str, str] = {}
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: sent.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(reverse(name), wait_until="networkidle")
    weights = sorted(((size, names[request]) for request, size in sent.items()), reverse=True)
    shift, paint = page.evaluate("[window.__shift, window.__paint]")
    record_property("bytes", sum(sent.values()))
    record_property("largest_paint_ms", paint)
    assert len(weights) > 8
    assert sum(sent.values()) <= MOST_BYTES, weights
    assert shift <= MOST_SHIFT
    assert paint > 0


def test_text_is_sent_compressed_and_kept_for_good(open_page: Any, deployed_url: str, household: Any) -> None:
    page = open_page(household, base_url=deployed_url)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 (playwright wants a function)
    page.goto(reverse("dashboard"), wait_until="networkidle")
    files = [answer for answer in answers if answer.url.endswith((".css", ".js"))]
    assert len(files) > 8
    for answer in files:
        assert answer.headers["content-encoding"] in {"br", "gzip"}, answer.url
        assert "immutable" in answer.headers["cache-control"], answer.url
    assert answers[0].headers["content-encoding"] == "gzip"
    assert answers[0].headers["cache-control"] == "private, no-store"
