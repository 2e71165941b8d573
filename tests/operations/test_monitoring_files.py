"""The dashboard and the alert rules in deploy/ ask for metrics that there are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from transactions.models import ViewRefresh
from transactions.summaries.upkeep import VIEW

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
METRIC = re.compile(r"\bwealthwise_[a-z_]+")


def asked() -> dict[str, str]:
    """Each expression by its title."""
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    rules = re.findall(r"- alert: (\w+)\n +expr: (.+)\n", (DEPLOY / "prometheus-rules.yml").read_text())
    return {panel["title"]: panel["targets"][0]["expr"] for panel in board["panels"]} | dict(rules)


@pytest.mark.django_db
def test_each_metric_of_the_files_is_exposed(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token-of-this-test"
    client.get("/")
    ViewRefresh.objects.create(view_name=VIEW, finished_at=timezone.now(), checksum=1, row_count=1)
    text = client.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"}).content.decode()
    there = set(re.findall(r"^# TYPE (wealthwise_[a-z_]+) ", text, re.MULTILINE))
    there |= {f"{name}_{part}" for name in there for part in ("count", "sum", "bucket")}
    wanted = {name for expression in asked().values() for name in METRIC.findall(expression)}
    # Of a pool that tests have none of.
    assert wanted - there <= {"wealthwise_pool_requests_waiting"}
    assert len(asked()) > 20
