"""The draft's life: begun from what is in force, changed a part at a time, published with a note, or dropped."""

from typing import Any

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing.authoring import forms
from sportello.routing.plan.parts import Plan
from sportello.routing.planning import current, publish
from sportello.routing.store import drafts, plans
from sportello.routing.store.drafts import Draft
from sportello.routing.store.plans import Version


class DraftMovedOn(Exception):
    """Somebody else changed the draft since this form was opened; nothing was kept."""

    message = N_("%(name)s has changed the draft meanwhile. Look at it again: what you typed is still here.")

    def __init__(self, by_name: str) -> None:
        super().__init__("the draft was changed meanwhile")
        self.by_name = by_name


class NoDraft(Exception):
    """There is nothing to publish."""


async def opened(house: House, tx: Transaction) -> Draft:
    """The draft, or one as it would begin now (revision 0: not kept yet)."""
    if found := await drafts.current(tx):
        return found
    plan = await current(house, tx)
    return Draft(plan, await plans.latest_number(tx), 0, "", house.clock.now())


async def change(
    house: House, tx: Transaction, actor: Actor, kind: str, number: int | None, value: Any, revision: int
) -> Draft:
    """Adds, changes or (value None) takes away one part; raises DraftMovedOn when `revision` is not the last."""
    draft = await opened(house, tx)
    plan = forms.replaced(draft.plan, kind, number, value)
    return await keep(house, tx, actor, draft, plan, revision)


async def keep(house: House, tx: Transaction, actor: Actor, draft: Draft, plan: Plan, revision: int) -> Draft:
    """Another plan as the draft."""
    made = Draft(plan, draft.based_on, revision + 1, actor.name, house.clock.now())
    if draft.revision != revision or not await drafts.put(tx, made):
        found = await drafts.current(tx)
        raise DraftMovedOn(found.by_name if found else "")
    return made


async def go_live(house: House, tx: Transaction, actor: Actor, note: str, revision: int) -> Version:
    """Publishes the draft; raises NoDraft, DraftMovedOn, and what `publish` raises."""
    draft = await drafts.current(tx)
    if draft is None:
        raise NoDraft
    if draft.revision != revision:
        raise DraftMovedOn(draft.by_name)
    made = await publish(house, tx, actor, draft.plan, based_on=draft.based_on, note=note)
    await drafts.drop(tx)
    return made


async def go_back(house: House, tx: Transaction, actor: Actor, number: int, note: str) -> Version | None:
    """Puts an older version in force again, as a new one; None when there is no such version."""
    found = await plans.version(tx, number)
    if found is None:
        return None
    latest = await plans.latest_number(tx)
    return await publish(house, tx, actor, found.plan, based_on=latest, note=note)


async def rebase(house: House, tx: Transaction, actor: Actor) -> Draft:
    """The draft as one made from the version that is in force now: whoever saw the difference decides so."""
    draft = await opened(house, tx)
    made = msgspec.structs.replace(
        draft, based_on=await plans.latest_number(tx), revision=draft.revision + 1, by_name=actor.name
    )
    if not await drafts.put(tx, made):
        raise DraftMovedOn(draft.by_name)
    return made


async def discard(house: House, tx: Transaction, actor: Actor) -> None:
    """Drops the draft; what is in force stays."""
    await drafts.drop(tx)
    await audit.record(house, tx, actor, "routing.discarded", entity="draft")
