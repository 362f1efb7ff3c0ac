"""Roles decide: what a permission is called, which role has it at first, and the guards that doors name.

The table `administration.role_permission` holds what roles may do; `DEFAULTS` only fills it for a new house.
"""

from enum import StrEnum

from litestar import Request
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from sportello.administration.actor import Actor, Connection, act_as
from sportello.kit.i18n import N_


class Permission(StrEnum):
    """Everything a role may be allowed to do."""

    TAKE_CONVERSATION = "conversation.take"
    READ_ANY_CONVERSATION = "conversation.read_any"
    SUPERVISE = "conversation.supervise"
    NOTE = "conversation.note"
    REDACT = "conversation.redact"
    SHARE_REPLIES = "reply.share"
    PATIENT_READ = "patient.read"
    PATIENT_READ_SENSITIVE = "patient.read_sensitive"
    PATIENT_OBSCURE = "patient.obscure"
    PATIENT_MERGE = "patient.merge"
    PATIENT_LINK = "patient.link"
    APPOINTMENT_BOOK = "appointment.book"
    APPOINTMENT_READ = "appointment.read"
    APPOINTMENT_OVERBOOK = "appointment.overbook"
    CALENDAR_MANAGE = "calendar.manage"
    CAREPLAN_WRITE = "careplan.write"
    CARETEAM_WRITE = "careteam.write"
    KNOWLEDGE_READ = "knowledge.read"
    KNOWLEDGE_SEND = "knowledge.send"
    SCRIPT_RUN = "script.run"
    CALL_PLACE = "call.place"
    CALL_RECORD = "call.record"
    CALL_LISTEN = "call.listen"
    BOARD_WATCH = "board.watch"
    DASHBOARD_BUILD = "dashboard.build"
    STAFF_MANAGE = "staff.manage"
    SETTINGS_CHANGE = "settings.change"
    AUDIT_READ = "audit.read"
    JOB_READ = "job.read"
    IMPORT_RUN = "import.run"
    PRIVACY_HANDLE = "privacy.handle"
    PRIVACY_APPROVE = "privacy.approve"


class Role(StrEnum):
    """The roles a hospital starts with."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    CARE_COORDINATOR = "care_coordinator"
    ADMINISTRATOR = "administrator"


ROLE_NAMES = {
    Role.AGENT: N_("Agent"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.CARE_COORDINATOR: N_("Care coordinator"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

_P = Permission
_SERVING = {
    _P.TAKE_CONVERSATION, _P.NOTE, _P.PATIENT_READ, _P.PATIENT_LINK, _P.APPOINTMENT_BOOK, _P.APPOINTMENT_READ,
    _P.KNOWLEDGE_READ, _P.KNOWLEDGE_SEND, _P.SCRIPT_RUN, _P.CALL_PLACE,
}  # fmt: skip
_KEEPS_CALENDARS = {_P.CALENDAR_MANAGE, _P.APPOINTMENT_OVERBOOK}
DEFAULTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(_SERVING),
    Role.CARE_COORDINATOR: frozenset(
        _SERVING | _KEEPS_CALENDARS
        | {_P.CAREPLAN_WRITE, _P.CARETEAM_WRITE, _P.PATIENT_MERGE, _P.PATIENT_OBSCURE, _P.PATIENT_READ_SENSITIVE,
           _P.PRIVACY_HANDLE}
    ),
    Role.SUPERVISOR: frozenset(
        _SERVING | _KEEPS_CALENDARS
        | {_P.READ_ANY_CONVERSATION, _P.SUPERVISE, _P.REDACT, _P.SHARE_REPLIES, _P.BOARD_WATCH, _P.DASHBOARD_BUILD,
           _P.CALL_LISTEN, _P.PATIENT_MERGE, _P.PRIVACY_HANDLE, _P.PRIVACY_APPROVE}
    ),
    Role.ADMINISTRATOR: frozenset(
        {_P.STAFF_MANAGE, _P.SETTINGS_CHANGE, _P.CALENDAR_MANAGE,
         _P.AUDIT_READ, _P.JOB_READ, _P.IMPORT_RUN, _P.KNOWLEDGE_READ,
         _P.DASHBOARD_BUILD, _P.BOARD_WATCH, _P.SHARE_REPLIES, _P.PRIVACY_HANDLE, _P.PRIVACY_APPROVE}
    ),
}  # fmt: skip


class SignInNeeded(NotAuthorizedException):
    """A staff door without a staff session."""


class PatientSignInNeeded(NotAuthorizedException):
    """A patient's door without a patient's session."""


class PasswordNeeded(PermissionDeniedException):
    """A member of staff whose password was given by somebody else must choose their own first."""


def requires(*permissions: Permission) -> Guard:
    """A guard that lets staff with any of the permissions pass: 401 without a session, 403 without the right."""

    async def requires_permission(connection: Connection, handler: BaseRouteHandler) -> None:
        actor = await _staff(connection, handler)
        if not any(actor.may(permission) for permission in permissions):
            raise PermissionDeniedException

    return requires_permission


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard that lets any signed-in member of staff pass."""
    await _staff(connection, handler)


async def patient_door(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard that lets a signed-in patient pass."""
    if act_as(connection, "patient") is None:
        raise PatientSignInNeeded


async def _staff(connection: Connection, handler: BaseRouteHandler) -> Actor:
    found = act_as(connection, "staff")
    if found is None:
        await _keep_typed(connection)
        raise SignInNeeded
    if found.must_choose_password and not handler.opt.get("before_choosing_password"):
        raise PasswordNeeded
    return found.actor


async def _keep_typed(connection: Connection) -> None:
    """Reads the form now: whoever answers the refusal (see `resuming.py`) cannot wait for it any more."""
    if isinstance(connection, Request) and connection.content_type[0] == "application/x-www-form-urlencoded":
        typed = (await connection.form()).multi_items()
        connection.scope.setdefault("state", {})["typed"] = [(k, v) for k, v in typed if isinstance(v, str)]
