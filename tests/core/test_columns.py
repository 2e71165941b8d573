"""Every column of a user's table is declared once, and nothing is declared that is not there."""

import pytest
from django.apps import apps
from django.db import models

from accounts.models import Account, EmailVerification, RateLimit, User
from tests.packages import TOPS
from transactions.models import SavedFilter, SpendingSummary, Transaction, TransferRefusal, ViewRefresh
from wealthwise.console.models import ConsoleJob, ConsoleLog, HealthAlarm, HealthSample
from wealthwise.core.columns import Columns, declaration, emptied_by_reset, exported_fields, is_owned, mistakes
from wealthwise.operations.models import RegularRun

# What the site knows of itself.
OF_NOBODY = {ViewRefresh, RegularRun, ConsoleJob, ConsoleLog, HealthSample, HealthAlarm, RateLimit}


def project_models() -> list[type[models.Model]]:
    """The models of every app below the folders of the project, also of apps that are not there yet."""
    configs = [config for config in apps.get_app_configs() if config.name.partition(".")[0] in TOPS]
    return [model for config in configs for model in config.get_models()]


def test_every_model_belongs_to_somebody_or_to_nobody() -> None:
    """A new table has an owner in a column `user`, or its reason here."""
    found = project_models()
    assert len(found) > 20
    assert {model for model in found if not is_owned(model)} == {User, *OF_NOBODY}


@pytest.mark.parametrize("model", sorted({*project_models()} - OF_NOBODY, key=lambda model: model._meta.label))
def test_every_column_is_declared_once_and_is_there(model: type[models.Model]) -> None:
    assert list(mistakes(model, declaration(model))) == []


def test_the_check_can_fail() -> None:
    assert list(mistakes(ConsoleJob, declaration(ConsoleJob))) == [
        "ops.ConsoleJob does not declare its columns: give it `columns = Columns(...)`."
    ]
    wrong = Columns(internal="out_id created_at gone", private="created_at")
    assert list(mistakes(TransferRefusal, wrong)) == [
        "into_id is not declared in the columns of transactions.TransferRefusal.",
        "gone is declared, and not a column of transactions.TransferRefusal.",
        "created_at is declared twice in the columns of transactions.TransferRefusal.",
    ]


def test_what_each_word_means() -> None:
    columns = Columns(public="a", private="b", derived="c", internal="d", withheld="e")
    assert (columns.shown, columns.masked, columns.exported) == ({"a", "d"}, {"b", "c"}, {"a", "b"})
    names = [field.name for field in exported_fields(Account)]
    assert names[0] == "name"
    assert "current_balance" not in names
    assert exported_fields(ViewRefresh) == []


def test_a_reset_finds_what_it_empties() -> None:
    found = set(emptied_by_reset())
    assert {Account, Transaction, SavedFilter} <= found
    assert not found & {User, EmailVerification, SpendingSummary}
    assert {model for model in project_models() if is_owned(model)} - found == {
        model for model in project_models() if (columns := declaration(model)) and columns.survives_reset
    }
