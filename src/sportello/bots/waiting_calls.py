"""The house's answers to calls about the waiting list: what the patient waits for, what is offered, their yes or no.

Everything is done as the patient, by the rules of `scheduling.own_waiting`; what a talk remembers is never trusted.
"""

from datetime import UTC, datetime

from sportello.bots.asked import Answer, Asked, plainly
from sportello.bots.state import Offered, Outcome
from sportello.bots.visit_words import at, of_slot, of_visit, of_wish
from sportello.bots.words import Words
from sportello.scheduling import own_waiting, self_booking
from sportello.scheduling.codes import Channel

_WISHES = 6


async def own(asked: Asked) -> Outcome:
    """What the patient waits for, to choose from and as words."""
    found = await own_waiting.read(asked.house, asked.tx, asked.patient)
    told = "\n".join(f"– {of_wish(asked.zone, one.entry, asked.patient.language)}" for one in found)
    listed = tuple(
        Offered(
            str(one.entry.id), Words(it=of_wish(asked.zone, one.entry, "it"), en=of_wish(asked.zone, one.entry, "en"))
        )
        for one in found[:_WISHES]
    )
    return Outcome("found" if found else "none", {"waiting_told": told}, {"wishes": listed})


async def offers(asked: Asked) -> Outcome:
    """The time that is kept for the patient, if one is: of several, the one that is kept the shortest."""
    found = [one for one in await own_waiting.read(asked.house, asked.tx, asked.patient) if one.offer and one.slot]
    if not found:
        return Outcome("none", {"offer": "", "offer_told": "", "offer_until": ""})
    first = min(found, key=lambda one: one.offer.expires_at if one.offer else asked.house.clock.now())
    assert first.offer
    assert first.slot
    language, virtual = asked.patient.language, first.entry.channel is Channel.VIRTUAL
    told = of_slot(asked.zone, first.slot, language, virtual=virtual)
    until = at(asked.zone, first.offer.expires_at, language)
    return Outcome("found", {"offer": str(first.offer.id), "offer_told": told, "offer_until": until})


async def join(asked: Asked) -> Outcome:
    """On the list for a new visit of the chosen type."""
    wanted, channel = asked.kind
    said = asked.values
    wish = await own_waiting.join(
        asked.house, asked.tx, asked.patient, wanted.service, channel, said.get("reason", ""),
        day=said.get("day", ""), part=said.get("part", ""), referral=said.get("referral", ""),
        conversation=asked.conversation,
    )  # fmt: skip
    await self_booking.let_go(asked.house, asked.tx, asked.owner)
    return Outcome("done", {"waiting_told": of_wish(asked.zone, wish, asked.patient.language)})


async def earlier(asked: Asked) -> Outcome:
    """The chosen visit stays, and the patient waits for an earlier time of it."""
    wish = await own_waiting.earlier(asked.house, asked.tx, asked.patient, asked.visit)
    await self_booking.let_go(asked.house, asked.tx, asked.owner)
    return Outcome("done", {"waiting_told": of_wish(asked.zone, wish, asked.patient.language)})


async def sooner(asked: Asked) -> Outcome:
    """The first time before the chosen visit that is free already: nobody need wait for it."""
    one = await self_booking.own(asked.house, asked.tx, asked.patient, asked.visit)
    wanted, start = self_booking.wanted_of(one), datetime.min.replace(tzinfo=UTC)
    found = await self_booking.times(asked.house, asked.tx, wanted, start, 1, None, one.channel)
    if not found or one.starts is None or found[0].starts >= one.starts:
        return Outcome("none", {"sooner_told": ""})
    told = of_slot(asked.zone, found[0], asked.patient.language, virtual=one.channel is Channel.VIRTUAL)
    return Outcome("found", {"sooner_told": told, "times_after": "", "day": ""})


async def withdraw(asked: Asked) -> Outcome:
    """The patient waits no more; what is booked stays."""
    done = await own_waiting.withdraw(asked.house, asked.tx, asked.patient, asked.wish)
    return Outcome("done" if done else "gone")


async def accept(asked: Asked) -> Outcome:
    """The offered time is theirs: booked, or their visit moved."""
    done = await own_waiting.answer(asked.house, asked.tx, asked.patient, asked.offer, yes=True)
    if done.outcome != "accepted" or done.appointment is None:
        return Outcome("lapsed" if done.outcome == "lapsed" else "gone")
    return Outcome("done", {"booked": await _told(asked, done.appointment.id)})


async def decline(asked: Asked) -> Outcome:
    """The time goes to the next; they wait on."""
    done = await own_waiting.answer(asked.house, asked.tx, asked.patient, asked.offer, yes=False)
    return Outcome("done" if done.outcome == "declined" else "gone")


async def _told(asked: Asked, visit: object) -> str:
    found = await self_booking.visits(asked.house, asked.tx, asked.patient)
    return next((of_visit(asked.zone, one, asked.patient.language) for one in found if one.id == visit), "")


ANSWERS: dict[str, Answer] = {
    name: plainly(answer)
    for name, answer in {
        "waiting.own": own, "waiting.offers": offers, "waiting.join": join, "waiting.earlier": earlier,
        "waiting.sooner": sooner, "waiting.withdraw": withdraw, "waiting.accept": accept, "waiting.decline": decline,
    }.items()
}  # fmt: skip
