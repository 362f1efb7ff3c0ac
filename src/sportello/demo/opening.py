"""What `sportello demo` does besides serving: the hospital is made, and its sign-ins are told."""

from typing import Any

from sportello.administration.permissions import Role
from sportello.demo.cast import PASSWORD, PATIENTS, STAFF
from sportello.demo.people import people
from sportello.demo.seeding import seed
from sportello.demo.traffic import keep_talking
from sportello.kit.house import House


async def open_demo(house: House, traffic: int = 0) -> dict[str, Any]:
    """Makes the hospital if need be; `traffic` invented patients then keep talking until the server stops.

    Returns what a ready file tells: `accounts` of staff, `patients` of the portal.
    """
    await seed(house)
    if traffic:
        house.tasks.start(keep_talking(house.settings.server.public_url, traffic), name="traffic")
    names = {person.key: person.name for person in people()}
    return {
        "accounts": [{"role": str(Role(role)), "login": login, "password": PASSWORD} for login, _, role in STAFF],
        "patients": [{"name": names[login], "login": login, "code": code} for login, code, _ in PATIENTS],
    }
