"""A patient in the chat of a clinic where nothing runs by itself: each turn is taken when the test says so."""

from uuid import UUID

from sportello.bots.tests.test_turns import state_of, writes
from sportello.bots.turns import Turns
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.kit.streams import Event


class Chat:
    """A patient in the chat: writes, or presses the button that bears these words, and reads the last answer."""

    def __init__(self, house: House, talk: UUID) -> None:
        self.house, self.talk = house, talk
        self.text = ""
        self.buttons: dict[str, str] = {}

    async def say(self, words: str) -> str:
        pressed = next((to for text, to in self.buttons.items() if len(words) > 2 and words in text), "")
        seen = len(await self._events())
        await writes(self.house, self.talk, words, pressed)
        await Turns().answer(self.house, self.talk)
        new = (await self._events())[seen:]
        self.text = "\n".join(str(one.body["text"]) for one in new)
        self.buttons = {one["text"]: one["payload"] for one in new[-1].body.get("buttons") or ()} if new else {}
        return self.text

    async def _events(self) -> list[Event]:
        events = await self.house.streams.since(f"conversation:{self.talk}", 0)
        return [one for one in events if one.kind == "message" and one.sender == "bot"]

    async def is_with_people(self) -> bool:
        return (await state_of(self.house, self.talk)).state is not State.BOT


async def chat(house: House, patient: str | None = "giulia", language: str = "it") -> Chat:
    async with house.db.transaction() as tx:
        opened = await open_conversation(house, tx, visitor_name="Giulia Ferri", language=language, patient_id=patient)
    return Chat(house, opened.id)
