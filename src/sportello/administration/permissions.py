"""Roles decide: what a permission is called, which role has it at first, and the guards that doors name."""

from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from sportello.administration.actor import actor_of
from sportello.kit.i18n import N_


class Permission(StrEnum):
    """Everything a role may be allowed to do."""

    TAKE_CONVERSATION = "conversation.take"
    READ_ANY_CONVERSATION = "conversation.read_any"
    SUPERVISE = "conversation.supervise"
    NOTE = "conversation.note"
    PATIENT_READ = "patient.read"
    PATIENT_READ_SENSITIVE = "patient.read_sensitive"
    PATIENT_LINK = "patient.link"
    APPOINTMENT_BOOK = "appointment.book"
    APPOINTMENT_READ = "appointment.read"
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
DEFAULTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(_SERVING),
    Role.CARE_COORDINATOR: frozenset(_SERVING | {_P.CAREPLAN_WRITE, _P.CARETEAM_WRITE, _P.PATIENT_READ_SENSITIVE}),
    Role.SUPERVISOR: frozenset(
        _SERVING | {_P.READ_ANY_CONVERSATION, _P.SUPERVISE, _P.BOARD_WATCH, _P.DASHBOARD_BUILD, _P.CALL_LISTEN}
    ),
    Role.ADMINISTRATOR: frozenset(
        {_P.STAFF_MANAGE, _P.SETTINGS_CHANGE, _P.AUDIT_READ, _P.JOB_READ, _P.IMPORT_RUN, _P.KNOWLEDGE_READ,
         _P.DASHBOARD_BUILD, _P.BOARD_WATCH}
    ),
}  # fmt: skip


def requires(*permissions: Permission) -> Guard:
    """A guard that lets staff with any of the permissions pass: 401 without a session, 403 without the right."""

    def requires_permission(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        actor = actor_of(connection)
        if actor is None or actor.kind != "staff":
            raise NotAuthorizedException
        if not any(actor.may(permission) for permission in permissions):
            raise PermissionDeniedException

    return requires_permission


def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard that lets any signed-in member of staff pass."""
    actor = actor_of(connection)
    if actor is None or actor.kind != "staff":
        raise NotAuthorizedException


def patient_door(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard that lets a signed-in patient pass."""
    actor = actor_of(connection)
    if actor is None or actor.kind != "patient":
        raise NotAuthorizedException
