"""What the desk itself puts on the site map: work, the patient's parts, help at hand, the board."""

from sportello.kit.i18n import N_
from sportello.web.site_map import HELP, PATIENT, RUN, WATCH, WORK, Place

PLACES = (
    Place("work", N_("My work"), "queue", ("/desk/work",), WORK, words=N_("conversations queue waiting closed")),
    Place("my-day", N_("My day"), "home", ("/desk/dashboards/home",), WORK, words=N_("dashboard figures")),
    Place(
        "work-open", N_("Conversations to pick"), "queue", ("/desk/work-list/open",), WORK,
        ("conversation.take", "conversation.supervise"), N_("queue waiting"),
    ),
    Place(
        "work-closed", N_("Closed conversations"), "chat", ("/desk/work-list/closed",), WORK,
        ("conversation.take", "conversation.supervise", "conversation.read_any"), N_("history"),
    ),
    Place("patient", N_("Patient"), "person", ("/desk/patient/{patient}",), PATIENT, ("patient.read",)),
    Place(
        "timeline", N_("Timeline"), "timeline", ("/desk/patient/{patient}/timeline?tabs=1",), PATIENT,
        ("patient.read",), N_("history record documents"),
    ),
    Place(
        "appointments", N_("Appointments"), "clock", ("/desk/scheduling/patient/{patient}/appointments",), PATIENT,
        ("appointment.read",), N_("visits"),
    ),
    Place(
        "wizard", N_("Schedule appointment"), "calendar",
        ("/desk/scheduling/wizard?patient={patient}&conversation={conversation}", "/desk/scheduling/wizard"),
        PATIENT, ("appointment.book",), N_("book visit slot"),
    ),
    Place("patients", N_("Patients"), "search", ("/desk/patients",), PATIENT, ("patient.read",), N_("find search")),
    Place(
        "script", N_("Script"), "script", ("/desk/conversations/{conversation}/script",), HELP, ("script.run",)
    ),
    Place(
        "customer", N_("Customer"), "info", ("/desk/conversations/{conversation}/customer",), HELP,
        ("conversation.take", "conversation.supervise", "conversation.read_any"),
        N_("identify transcript language earlier conversations"),
    ),
    Place(
        "knowledge", N_("Articles"), "book", ("/desk/knowledge?conversation={conversation}", "/desk/knowledge"), HELP,
        ("knowledge.read",), N_("knowledge information"),
    ),
    # Not offered by itself: the tab of a conversation that is opened to be read.
    Place("conversation", N_("Conversation"), "chat", ("/desk/conversations/{conversation}",), HELP, ("nobody",)),
    Place(
        "centre", N_("The centre now"), "board", ("/desk/dashboards/centre",), WATCH, ("board.watch",),
        N_("dashboard figures"),
    ),
    Place("team", N_("Team"), "people", ("/desk/team",), WATCH, ("conversation.supervise",), N_("presence colleagues")),
    Place("board", N_("Board"), "board", ("/desk/board",), WATCH, ("board.watch",), N_("ongoing conversations")),
    Place(
        "wait-levels", N_("Waiting times"), "clock", ("/desk/wait-levels",), RUN, ("settings.change",),
        N_("colours levels service"),
    ),
)  # fmt: skip
