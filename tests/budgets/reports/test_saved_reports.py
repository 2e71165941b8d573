"""Saved reports at the URL: named with what they ask for, listed, deleted, and whose they are."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tests.factories import make_account
from transactions.models import SavedFilter
from transactions.search.services import MAX_SAVED
from wealthwise.core.caching import forget

SAVE, LIST = reverse("reports:save", args=["cash_flow"]), "/transactions/"
pytestmark = pytest.mark.django_db


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_report_is_named_listed_and_deleted(owner, owner_client):
    account = make_account(owner)
    asked = f"range=last-6&account={account.pk}&by=year&nonsense=1"
    form = owner_client.get(f"{SAVE}?{asked}")
    assert "Cash flow, now of" in form.text
    answer = owner_client.post(f"{SAVE}?{asked}", {"name": "Half a year"})
    kept = SavedFilter.objects.get()
    assert (kept.user, kept.name, kept.report) == (owner, "Half a year", "cash_flow")
    assert answer["Location"] == f"{reverse('reports:cash_flow')}?{kept.query}"
    assert "nonsense" not in kept.query
    assert said(answer) == ["Saved the report “Half a year”."]
    page = owner_client.get(answer["Location"])
    (shown,) = page.context["saved"]
    assert (shown.link.label, shown.link.is_current) == ("Half a year", True)
    assert "Save report" not in page.text
    other = owner_client.get(reverse("reports:spending"))
    assert not other.context["saved"][0].link.is_current
    assert f'href="{answer["Location"].replace("&", "&amp;")}"' in other.text
    assert owner_client.get(LIST).context["form"].names.saved == {}
    answer = owner_client.post(reverse("reports:saved_delete", args=[kept.pk]))
    assert said(answer)[-1] == "Deleted the saved report “Half a year”."
    assert not SavedFilter.objects.exists()
    assert owner_client.get(reverse("reports:spending")).context["saved"] == []


def test_what_cannot_be_saved_is_told(owner, owner_client):
    SavedFilter.objects.create(user=owner, name="Mine", query="q=x")
    answer = owner_client.post(SAVE, {"name": "Mine"})
    assert (answer.status_code, SavedFilter.objects.count()) == (422, 1)
    assert "You already have a saved filter or report “Mine”." in answer.text
    SavedFilter.objects.bulk_create(SavedFilter(user=owner, name=f"n{n}", query="q=x") for n in range(MAX_SAVED - 1))
    answer = owner_client.post(SAVE, {"name": "More"})
    assert (answer.status_code, SavedFilter.objects.count()) == (422, MAX_SAVED)
    assert owner_client.get(reverse("reports:save", args=["nothing"])).status_code == 404


def test_whose_reports(owner, owner_client, stranger_client, staff_client):
    report = SavedFilter.objects.create(user=owner, name="Mine", query="range=all", report="spending")
    listed = SavedFilter.objects.create(user=owner, name="List", query="q=x")
    forget(owner.pk)
    for client in (stranger_client, staff_client):
        assert client.post(reverse("reports:saved_delete", args=[report.pk])).status_code == 404
    assert stranger_client.get(reverse("reports:spending")).context["saved"] == []
    # A filter is no report, and a report no filter.
    assert owner_client.post(reverse("reports:saved_delete", args=[listed.pk])).status_code == 404
    assert owner_client.post(reverse("transactions:filter_delete", args=[report.pk])).status_code == 404
    assert owner_client.get(reverse("transactions:filter_edit", args=[report.pk])).status_code == 404
    assert SavedFilter.objects.count() == 2
