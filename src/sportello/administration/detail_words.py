"""What the audit trail keeps beside an action, in people's words: the names of its parts, and the codes that we chose.

What is not named here is data (an id, a code of a standard, what somebody wrote) and is shown as it was kept.
"""

from collections.abc import Mapping

from sportello.administration.permissions import ROLE_NAMES
from sportello.administration.privacy.policy import NAMES
from sportello.administration.words import PERMISSIONS
from sportello.kit.i18n import N_

_ROLES = {str(role): name for role, name in ROLE_NAMES.items()}
_PERMISSIONS = {str(permission): name for permission, name in PERMISSIONS.items()}
_KINDS = {str(kind): name for kind, name in NAMES.items()}

# By name, or by action and name where one name means several things.
NAMES_OF: Mapping[str, str] = {
    "active": N_("Account open"), "added": N_("Times added"), "address": N_("Address"), "after": N_("After"),
    "agent": N_("Given to"), "article": N_("Article"), "asked": N_("Who was asked"), "automatic": N_("By itself"),
    "audit.read before": N_("Events before"), "audit.read of": N_("Of"), "before": N_("Before"),
    "by": N_("On the part of"),
    "by_itself": N_("By itself"), "changed": N_("What changed"), "channel": N_("How they meet"),
    "chosen": N_("Chosen"), "client": N_("Client"), "code": N_("Code"), "codes": N_("Codes"),
    "consent": N_("Consent"), "content": N_("What is sent"), "conversations": N_("Conversations"),
    "countries": N_("Countries"), "created": N_("Resources created"), "day": N_("Day"), "delegate": N_("Delegate"),
    "deleted": N_("Resources deleted"), "email": N_("E-mail"), "file": N_("File"), "form": N_("Form"),
    "found": N_("Found"), "from": N_("Former"), "given": N_("Allowed from now on"), "hash": N_("Fingerprint"),
    "hold": N_("Legal hold"), "how": N_("What was done"), "into": N_("Into"), "items": N_("Items"),
    "kept": N_("Times kept"), "booking.settings kept": N_("Calendars"), "kind": N_("Kind"), "kinds": N_("Kinds"),
    "language": N_("Language"), "late": N_("After the notice"), "lead": N_("Minutes before the time"),
    "login": N_("Login"), "merge": N_("Merger"), "months": N_("Months"), "name": N_("Name"), "names": N_("With names"),
    "new": N_("New one"), "note": N_("Note"), "notes": N_("With notes"), "number": N_("Number"), "of": N_("Of"),
    "offer": N_("Minutes an offer stands"), "on": N_("Switched on"), "on_request": N_("On request"),
    "operation": N_("Operation"), "overbooked": N_("Overbooked, because"), "part": N_("Part"),
    "patients": N_("Patients"), "presence": N_("Presence"), "priority": N_("Priority"),
    "protected": N_("Protected time"), "question": N_("Question"), "queue": N_("Queue"), "reason": N_("Reason"),
    "references": N_("References"), "relation": N_("Relation"), "reminders": N_("Reminders"),
    "reply": N_("Answer"), "resources": N_("Resources"), "role": N_("Role"), "rows": N_("What was taken away"),
    "scopes": N_("Scopes"), "seconds": N_("Seconds"), "seq": N_("Message number"), "service": N_("Type of appointment"),
    "shared": N_("For everybody"), "shown": N_("How many were shown"), "slot": N_("Time slot"),
    "staff": N_("Member of staff"), "starts": N_("Proposed time"), "status": N_("Status"), "system": N_("System"),
    "taken": N_("Allowed no more"),
    "taken_over": N_("Taken over"), "tenant": N_("Tenant"), "title": N_("Title"), "to": N_("New value"),
    "careteam.message to": N_("Addressed to"), "type": N_("Type"), "unchanged": N_("Resources unchanged"),
    "until": N_("Valid until"), "updated": N_("Resources changed"), "verdict": N_("Judgement"),
    "version": N_("Version"), "why": N_("Why"), "withdrawn": N_("Withdrawn"), "withheld": N_("Not shown"),
}  # fmt: skip

# Fields of settings and of what the hospital offers, as the trail names those that changed.
FIELDS: Mapping[str, str] = {
    "app_secret": N_("App secret"), "arguments": N_("Arguments"), "at": N_("Since when"), "auth": N_("Authentication"),
    "authority": N_("Certificate authority"), "base_url": N_("Address"), "card_notes": N_("Card numbers in notes"),
    "card_patient": N_("Card numbers in patients' messages"), "card_staff": N_("Card numbers in staff's messages"),
    "ceiling": N_("Most requests"), "channels": N_("How they meet"), "check_first": N_("Check question first"),
    "close_minutes": N_("Minutes before closing"), "country": N_("Country"), "fallback": N_("When the bot is away"),
    "file_megabytes": N_("Largest file, in MB"), "file_types": N_("Types of files"),
    "fiscal_notes": N_("Fiscal codes in notes"), "fiscal_patient": N_("Fiscal codes in patients' messages"),
    "fiscal_staff": N_("Fiscal codes in staff's messages"), "fresh": N_("How long answers are fresh"),
    "hold": N_("Seconds before the holding line"), "holidays": N_("Public holidays of"), "jobs": N_("Jobs"),
    "keep": N_("How long answers are kept"), "keep_days": N_("Days that files are kept"), "key": N_("Key"),
    "kept": N_("Who keeps them"), "latitude": N_("Latitude"), "limit_B": N_("Limit of class B, in days"),
    "limit_D": N_("Limit of class D, in days"), "limit_P": N_("Limit of class P, in days"),
    "limit_U": N_("Limit of class U, in days"), "link_hosts": N_("Sites to which the bot may lead"),
    "location": N_("Location"), "longitude": N_("Longitude"), "minutes": N_("Minutes"), "model": N_("Model"),
    "name_en": N_("Name in English"), "name_it": N_("Name in Italian"), "not_by_phone": N_("Not to be booked by phone"),
    "notice_days": N_("Notice in full working days"), "notice_hours": N_("Notice in hours"),
    "patience": N_("Seconds of patience"), "patients": N_("Number that names patients"),
    "patients_send": N_("Patients may send files"), "per_minute": N_("Requests per minute"), "phone": N_("Telephone"),
    "postal_code": N_("Postal code"), "practitioner": N_("Practitioner"),
    "preparation_en": N_("Preparation, in English"), "preparation_it": N_("Preparation, in Italian"),
    "referral_required": N_("A referral is needed"), "remind_minutes": N_("Minutes before a reminder"),
    "rules": N_("Rules"), "scenario": N_("Scenario"), "secret": N_("Secret"),
    "self_booking": N_("Patients book it themselves in the portal"), "services": N_("Types of appointment"),
    "shares": N_("The record's server has the calendars too"), "socket": N_("WebSocket"),
    "specialty": N_("Specialty"), "strategy": N_("How it books"), "token_address": N_("Token address"),
    "token_endpoint": N_("Token address"), "town": N_("Town"), "visible": N_("What agents see of the bot"),
    "writes": N_("Writes there"), "zone": N_("Time zone"),
    "needs": N_("Needs before it"), "needs_days": N_("at least so many days earlier"),
    "needs_done": N_("done, not only booked"),
}  # fmt: skip

# What an event is about, by what stands before its id, or by itself.
THINGS: Mapping[str, str] = {
    **_ROLES,
    "appointment": N_("Appointment"), "appointments": N_("Appointments"), "calendar": N_("Calendar"),
    "closure": N_("Closed time"), "conflicts": N_("Visits in closed time"), "contacts": N_("Contacts"),
    "delegate": N_("Delegate"), "delegates": N_("Delegates"), "draft": N_("Draft"), "feed": N_("Calendar feed"),
    "header": N_("Personal data and allergies"), "location": N_("Location"), "mail": N_("E-mail"),
    "plan": N_("Care plan"), "practitioner": N_("Practitioner"),
    "practitioner_role": N_("Practitioner at a place"), "resource": N_("Room or device"), "schedule": N_("Calendar"),
    "series": N_("Series of visits"), "service": N_("Type of appointment"), "specialty": N_("Specialty"),
    "tasks": N_("Tasks"), "team": N_("Care team"),
    "template": N_("Text"), "timeline": N_("Clinical timeline"), "waiting": N_("Waiting list"),
    "wizard": N_("Booking begun"),
}  # fmt: skip

_YES, _NO = N_("Yes"), N_("No")
CODES: Mapping[str, Mapping[str, str]] = {
    "by": {"patient": N_("Patient"), "practitioner": N_("Practitioner"), "location": N_("Location")},
    "changed": FIELDS,
    "channel": {"in_person": N_("In person"), "virtual": N_("Virtual visit")},
    "consent": {"given": N_("The patient agrees"), "by_law": N_("By law: a minor's parent, or a guardian")},
    "from": {
        "bot": N_("With the bot"), "queued": N_("In the queue"), "offered": N_("Offered to an agent"),
        "active": N_("With an agent"), "waiting": N_("Waiting for the patient"), "wrap_up": N_("Wrap-up"),
        "closed": N_("Closed"),
    },
    "given": _PERMISSIONS,
    "how": {
        "create": N_("Creation"), "update": N_("Change"), "delete": N_("Deletion"), "add": N_("Addition"),
        "remove": N_("Removal"), "default": N_("Back to what is suggested"), "join": N_("Somebody joined"),
        "leave": N_("Somebody left"), "primary": N_("Main contact chosen"),
    },
    "kept": {"here": N_("Kept here"), "elsewhere": N_("Kept by another system")},
    "kind": {
        "embedded": N_("Sportello's own"), "remote": N_("On another server"), "health_bot": "Azure Health Bot",
        "copilot_studio": "Copilot Studio", "generic": "Direct Line", "connector": "Bot Connector",
        "api": "API", "fhir": "FHIR", "directline": "Direct Line",
        "consult": N_("Advice"), "join": N_("Joining"), "transfer": N_("Transfer"),
        "booked": N_("Confirmation"), "moved": N_("Change of the time"), "cancelled": N_("Cancellation"),
        "reminder": N_("Reminder"), "offer": N_("Offer of a time that came free"),
        "link": N_("Link of a virtual visit"),
        "refused": N_("The e-mail was not accepted"), "returned": N_("The e-mail came back"),
        "no_show": N_("Did the patient come?"),
        "label": N_("Security label"), "type": N_("Type of resource"), "category": N_("Category"), "code": N_("Code"),
    },
    "kinds": _KINDS,
    "language": {"it": N_("Italian"), "en": N_("English")},
    "notes": {"yes": _YES, "no": _NO},
    "of": {"talks": N_("Conversations")},
    "part": {"conversations": N_("Conversations")},
    "presence": {
        "available": N_("Available"), "busy": N_("Busy"), "do_not_disturb": N_("Do not disturb"), "away": N_("Away"),
        "offline": N_("Offline"),
    },
    "question": {"birth date": N_("Birth date")},
    "reason": {
        "pat": N_("The patient"), "pat-dec": N_("The patient died"), "pat-fb": N_("The patient feels better"),
        "pat-lt": N_("The patient has no transport"), "pat-mt": N_("The patient chose a member of the team"),
        "pat-mv": N_("The patient moved away"), "pat-preg": N_("The patient is pregnant"),
        "pat-swl": N_("The patient waits on the list"), "pat-utp": N_("The patient could not pay"),
        "prov": N_("The practitioner"), "prov-pers": N_("The practitioner: personal reasons"),
        "prov-dch": N_("The practitioner left"), "prov-edu": N_("The practitioner: training"),
        "prov-hosp": N_("The practitioner is in hospital"), "prov-labs": N_("Results of the laboratory are missing"),
        "maint": N_("Equipment out of order"), "meds-inc": N_("Preparation not complete"), "other": N_("Other"),
        "oth-err": N_("An error"), "oth-fin": N_("Financial reasons"), "oth-room": N_("Room not free"),
        "oth-weath": N_("The weather"),
    },
    "references": {"off": N_("Not checked"), "exists": N_("Refused when not here")},
    "relation": {
        "parent": N_("Parent"), "guardian": N_("Guardian"), "caregiver": N_("Caregiver"),
        "child": N_("Son or daughter"), "partner": N_("Spouse or partner"), "other": N_("Other"),
    },
    "reply": {
        "confirmed": N_("Accepted"), "declined": N_("Declined"), "unsure": N_("Not sure"),
        "wished": N_("Another time is wished"),
    },
    "role": _ROLES,
    "status": {
        "proposed": N_("Proposed"), "pending": N_("Pending"), "booked": N_("Booked"), "arrived": N_("Arrived"),
        "checked-in": N_("Checked in"), "fulfilled": N_("Took place"), "cancelled": N_("Cancelled"),
        "noshow": N_("Did not come"), "entered-in-error": N_("Entered in error"), "waitlist": N_("Waiting list"),
    },
    "taken": _PERMISSIONS,
    "verdict": {"justified": N_("Justified"), "questioned": N_("To be talked about")},
    "why": {
        "password": N_("Wrong password"), "closed": N_("Account closed"), "declined": N_("Declined"),
        "lapsed": N_("The time has run out"), "withdrawn": N_("Withdrawn"),
    },
    "withheld": {
        "warnings": N_("Allergies and alerts"), "visits": N_("Last and next visit"),
        "timeline": N_("Clinical timeline"), "plan": N_("Care plan"), "team": N_("Care team"),
        "contacts": N_("Contacts with the patient"),
    },
}  # fmt: skip
