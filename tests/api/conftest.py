"""Programs of two people who do not know each other."""

import pytest

from accounts.models import User
from tests.api.programs import Program, program_of


@pytest.fixture
def program(owner: User) -> Program:
    return program_of(owner)


@pytest.fixture
def reader(owner: User) -> Program:
    return program_of(owner, "read")


@pytest.fixture
def foreign(stranger: User) -> Program:
    return program_of(stranger)
