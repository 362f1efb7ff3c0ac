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
    """http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason: its top codes, and those beneath them that
    change what is done next.
    """

    PATIENT = "pat"
    PATIENT_DECEASED = "pat-dec"
    PATIENT_FEELS_BETTER = "pat-fb"
    PATIENT_NO_TRANSPORT = "pat-lt"
    PATIENT_MEMBER_TERMINATED = "pat-mt"
    PATIENT_MOVED = "pat-mv"
    PATIENT_PREGNANT = "pat-preg"
    PATIENT_SCHEDULED_ELSEWHERE = "pat-swl"
    PATIENT_UNABLE_TO_PAY = "pat-utp"
    PRACTITIONER = "prov"
    PRACTITIONER_PERSONAL = "prov-pers"
    PRACTITIONER_DISCHARGED = "prov-dch"
    PRACTITIONER_EDUCATION = "prov-edu"
    PRACTITIONER_HOSPITALISED = "prov-hosp"
    PRACTITIONER_LABS = "prov-labs"
    MAINTENANCE = "maint"
    MEDICATION_INCOMPLETE = "meds-inc"
    OTHER = "other"
    OTHER_ERROR = "oth-err"
    OTHER_FINANCIAL = "oth-fin"
    OTHER_ROOM = "oth-room"
    OTHER_WEATHER = "oth-weath"

    @property
    def by_patient(self) -> bool:
        """Whether it is the patient's side that cancels, so that late notice is theirs."""
        return self.value.startswith("pat") and self is not CancelReason.PATIENT_DECEASED
