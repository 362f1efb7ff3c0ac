"""Another system's token for these tests' doors."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House


@pytest.fixture
def token(house: House) -> Callable[..., Awaitable[str]]:
    """A token with scopes; everything but what is sensitive when none are named."""

    async def issued(*scopes: str, staff: UUID | None = None) -> str:
        async with house.db.transaction() as tx:
            return await machines.issue(
                house, tx, SYSTEM, "fhir", list(scopes) or ["*"], "Peer", timedelta(days=1), staff=staff
            )

    return issued
