"""What a patient may be called in this conversation, so that it can be taken out of what leaves the house."""

from uuid import UUID

from sportello.conversations.store import get as read_talk
from sportello.conversations.store.talks import Conversation
from sportello.kit.house import House
from sportello.record.people import name_of, name_parts
from sportello.record.ports import ClinicalRecord


async def names_of(house: House, conversation: UUID) -> list[str]:
    """The visitor's own, the account's and the record's, and the agent's."""
    talk: Conversation | None = await read_talk(house.db, conversation)
    if talk is None:
        return []
    found = [talk.visitor_name, talk.agent_name]
    record: ClinicalRecord | None = house.ports.get(ClinicalRecord)
    async with house.db.transaction() as tx:
        for patient in {talk.patient_id, talk.account_patient} - {None}:
            resource = await record.patient(tx, str(patient)) if record else None
            if resource:
                found += [name_of(resource) or "", *name_parts(resource)]
    return [name for name in found if name]
