"""The states of the field with their FHIR R4 codes, so that what is stored is what the world reads."""

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """http://hl7.org/fhir/appointmentstatus, R4."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"
    WAITLIST = "waitlist"


class SlotStatus(StrEnum):
    """http://hl7.org/fhir/slotstatus, R4."""

    FREE = "free"
    BUSY_TENTATIVE = "busy-tentative"
    BUSY = "busy"
    BUSY_UNAVAILABLE = "busy-unavailable"
    ENTERED_IN_ERROR = "entered-in-error"


class Channel(StrEnum):
    """How patient and practitioner meet; R4 has no field for it, at the edge it travels in an extension."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"


class CancelReason(StrEnum):
    """http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason, the top codes."""

    PATIENT = "pat"
    PRACTITIONER = "prov"
    MAINTENANCE = "maint"
    MEDICATION_INCOMPLETE = "meds-inc"
    OTHER = "other"
