"""What scheduling refuses, told to other systems: each reason with its own code, so that they can go on by it."""

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import NotReached, PatientNotFound
from sportello.scheduling.cancelling import UnknownAppointment
from sportello.scheduling.moving import CannotMove
from sportello.scheduling.prerequisites import MISSING, NotYet
from sportello.scheduling.rules import IllegalMove
from sportello.scheduling.seats import SlotTaken


class refusing:  # noqa: N801  reads as what it does
    """What scheduling refuses, in FHIR's words."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case SlotTaken():
                text = "the time is not free, or does not offer this service"
                raise Refusal(409, Issue("conflict", text, detail="slot-taken"))
            case PatientBusy():
                raise Refusal(
                    409, Issue("conflict", "the patient has another visit at that time", detail="patient-busy")
                )
            case NotYet():
                if str(error) == MISSING:
                    text = "another service has to be booked or done before this one"
                    raise Refusal(409, Issue("business-rule", text, detail="prerequisite-missing"))
                text = "the time is too near to, or before, what has to come first"
                raise Refusal(409, Issue("business-rule", text, detail="prerequisite-too-near"))
            case CannotMove():
                raise Refusal(409, Issue("business-rule", "this appointment cannot be moved", detail="not-movable"))
            case IllegalMove():
                raise Refusal(
                    409, Issue("business-rule", "the appointment is over, or cancelled already", detail="over")
                )
            case PatientNotFound():
                text = "the system that keeps the calendars does not know this patient, or not one alone"
                raise Refusal(422, Issue("not-found", text, detail="patient-unknown-there"))
            case NotReached():
                text = "the system that keeps the calendars cannot be reached; nothing was changed"
                raise Refusal(503, Issue("transient", text, detail="calendars-away"))
            case UnknownAppointment():
                raise Refusal(404, Issue("not-found", "this appointment is not known"))
