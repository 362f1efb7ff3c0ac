"""What each step of the wizard shows: only choices that can really be booked."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.ports import Away
from sportello.scheduling import elsewhere, fulfilling, holding, prerequisites, referrals, series
from sportello.scheduling.codes import Channel
from sportello.scheduling.days import today
from sportello.scheduling.drafts import NAMES, TITLES, Wizard
from sportello.scheduling.picking import first_day, wanted
from sportello.scheduling.places import places
from sportello.scheduling.searching import NOTICE, Times, times
from sportello.scheduling.store import appointments, choices, claims, slots
from sportello.scheduling.store.choices import Bookable
from sportello.scheduling.store.slots import Slot, Wanted

FARTHEST = timedelta(days=3 * 365)  # no calendar reaches further


class Carer(Struct, frozen=True):
    """Somebody of the care team who can be booked, with their part in it."""

    who: Bookable
    role: str


async def context(house: House, tx: Transaction, actor: Actor, one: Wizard) -> dict[str, Any]:
    """The variables of the step's template."""
    shared: dict[str, Any] = {
        "wizard": one,
        "answers": one.answers,
        "prefix": f"w{one.id.hex[-8:]}-",
        "title": TITLES[one.step],
        "names": [NAMES[step] for step in one.steps],
        "place_in_steps": one.steps.index(one.step),
        "moving": one.mode == "reschedule",
        "now": house.clock.now(),
        "born": date.fromisoformat(one.about.born) if one.about.born else None,
        "hold": await holding.held(house, tx, one.owner) if one.state == "open" else None,
        "virtual": one.answers.channel is Channel.VIRTUAL,
    }
    if one.state in ("done", "left") or one.step == "confirm":
        return shared | await _booked(house, tx, actor, one)
    if one.mode == "reschedule" and one.appointment:
        shared["appointment"] = moved = await appointments.read(tx, one.appointment)
        shared["virtual"] = moved is not None and moved.channel is Channel.VIRTUAL
    if shared["hold"]:
        kept = await slots.whole(tx, [shared["hold"].slot])
        shared["hold_wall"] = kept[0].wall if kept and not shared["virtual"] else ""
    match one.step:
        case "who":
            shared |= await _who(house, tx, actor, one)
        case "type":
            offered = await choices.services(tx, one.answers.specialty, one.answers.practitioner, alone=one.own)
            needs = {
                service.id: await prerequisites.of_patient(house, tx, one.patient, service.id) for service in offered
            }
            shared |= {"services": offered, "needs": needs}
        case "place":
            where = Wanted(one.answers.service, one.answers.specialty, one.answers.practitioner)
            shared["places"] = await places(tx, where, one.answers.postal_code, one.about)
        case "time":
            shared |= await _time(house, tx, one, virtual=shared["virtual"]) | {
                "between": await _between(house, tx, actor, one, virtual=shared["virtual"]),
                "classes": referrals.CLASSES,
            }  # fmt: skip
        case "reason":
            shared |= await _review(house, tx, one) | {"classes": referrals.CLASSES}
        case "review":
            shared |= await _review(house, tx, one) | {"classes": referrals.CLASSES}
    return shared


async def _who(house: House, tx: Transaction, actor: Actor, one: Wizard) -> dict[str, Any]:
    team = await reading.care_team(house, tx, actor, one.patient)
    roles = {member.practitioner_id: member.role for member in team.members if member.practitioner_id}
    carers = [Carer(who, roles[who.id]) for who in await choices.practitioners(tx, ids=list(roles), limit=30)]
    said = one.answers
    found = await choices.practitioners(tx, named=said.find) if said.find else []
    if said.practitioner and said.practitioner not in {one.id for one in found} | set(roles):
        found = [*found, *await choices.practitioners(tx, ids=[said.practitioner])]
    offered = await choices.specialties(tx)
    return {
        "carers": carers,
        "found": [one for one in found if one.id not in roles],
        "specialties": sorted(offered, key=lambda one: one.name.in_language(actor.language).casefold()),
    }


async def _time(house: House, tx: Transaction, one: Wizard, *, virtual: bool) -> dict[str, Any]:
    zone, now = house.settings.clinic.tz, house.clock.now()
    what = await wanted(tx, one)
    here = await today(house, tx, what.location, Channel.VIRTUAL if virtual else None)
    first = await first_day(house, tx, one)
    from_day = min(max(one.answers.from_day or here, here, first.day if first else here), here + FARTHEST)
    begins = await slots.begins(tx, what, from_day, zone.key if virtual else "")
    told = await elsewhere.fresh(house, tx, what, begins or datetime.combine(from_day, time(), tzinfo=zone))
    shown = await times(
        tx,
        what,
        from_day,
        one.answers.part,
        max(now, first.moment - NOTICE) if first else now,
        zone,
        one.answers.on_weekday,
        copied=told is not None,
        virtual=virtual,
    )
    picked = await slots.offered(tx, one.answers.slot, what) if one.answers.slot else None
    return {"times": shown, "from_day": from_day, "today": here, "picked": picked, "many": not what.practitioner,
        "busy": await _busy(tx, one, shown), "first_day": first.day if first else None, "elsewhere": told}  # fmt: skip


async def _busy(tx: Transaction, one: Wizard, shown: Times) -> set[int]:
    """Free times at which the patient has a visit already: shown, or they would be missed, but not to be picked."""
    listed = [slot for day in shown.days for slot in day.slots]
    if not listed:
        return set()
    since, until = min(slot.starts for slot in listed), max(slot.ends for slot in listed)
    visits = await claims.visits_of(tx, one.patient, since, until, one.appointment)
    return {slot.id for slot in listed if any(slot.starts < ends and starts < slot.ends for starts, ends in visits)}


async def _between(house: House, tx: Transaction, actor: Actor, one: Wizard, *, virtual: bool) -> list[Slot] | None:
    """Taken times of the chosen day, for whoever may book over them and asked for them; None for the others."""
    if not actor.may(Permission.APPOINTMENT_OVERBOOK) or await elsewhere.kept_elsewhere(house, tx):
        return None
    if not one.answers.between:
        return []
    what, now = await wanted(tx, one), house.clock.now()
    day = one.answers.from_day or await today(house, tx, what.location, Channel.VIRTUAL if virtual else None)
    zone = house.settings.clinic.zone if virtual else ""
    return await slots.taken(tx, await slots.schedules(tx, what), day, now, zone)


async def _review(house: House, tx: Transaction, one: Wizard) -> dict[str, Any]:
    what = await wanted(tx, one)
    offered = await choices.services(tx, one.answers.specialty, one.answers.practitioner, alone=one.own)
    said = one.answers
    service = next((service for service in offered if service.id == said.service), None)
    moved = await appointments.read(tx, one.appointment) if one.mode == "reschedule" and one.appointment else None
    picked = await slots.offered(tx, said.slot, what)
    return {
        "picked": picked,
        "picked_day": picked.starts.astimezone(ZoneInfo(picked.wall)).date() if picked else None,
        "service": service,
        "planned": await series.plan(house, tx, one) if said.series else [],
        "rest": await series.later(tx, moved) if moved else [],
        "limit": referrals.limit(said.priority, referrals.written(said.referred_on), service.kind, service.limits)
        if service
        else None,
    }


async def _booked(house: House, tx: Transaction, actor: Actor, one: Wizard) -> dict[str, Any]:
    made = await appointments.read(tx, one.appointment) if one.appointment and one.state != "left" else None
    email, away = None, False
    if one.state == "booked":
        try:
            email = await fulfilling.address_of(house, tx, actor, one)
        except Away:  # nobody's booking fails for a letter
            away = True
    along = await series.later(tx, made) if made and (one.answers.series or one.answers.rest) else []
    return {"appointment": made, "email": email, "along": along, "address_later": away}
