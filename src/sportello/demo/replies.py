"""The invented hospital's quick replies: everybody's, in both languages."""

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import replies
from sportello.conversations.replies import Written
from sportello.kit.database import Transaction
from sportello.kit.house import House

REPLIES = (
    (
        "buongiorno", "saluti",
        "Buongiorno {patient.given}, sono {agent.name} di {clinic.name}. Come posso aiutarLa?",
        "Good day {patient.given}, this is {agent.name} of {clinic.name}. How can I help you?",
    ),
    (
        "attesa", "saluti",
        "Un momento per favore: controllo e Le rispondo subito.",
        "One moment, please: I am looking it up and will answer at once.",
    ),
    (
        "visita", "visite",
        "La Sua prossima visita è {appointment.start}, presso {appointment.place}.",
        "Your next visit is on {appointment.start}, at {appointment.place}.",
    ),
    (
        "impegnativa", "visite documenti",
        "Può inviarmi una foto dell'impegnativa con il pulsante della graffetta, oppure portarla alla visita.",
        "You can send me a picture of the referral with the clip button, or bring it to the visit.",
    ),
    (
        "identita", "documenti",
        "Per sicurezza mi dice il Suo nome, cognome e data di nascita?",
        "To be sure: would you tell me your first and last name and your date of birth?",
    ),
    (
        "saluto-finale", "saluti",
        "Grazie di averci scritto. Le auguro una buona giornata.",
        "Thank you for writing to us. Have a good day.",
    ),
)  # fmt: skip


async def write_replies(house: House, tx: Transaction, by: Actor) -> None:
    """Writes them in the supervisor's name."""
    author = Actor("staff", by.id, by.name, permissions=frozenset({Permission.SHARE_REPLIES}))
    for shortcut, tags, italian, english in REPLIES:
        written = Written(shortcut=shortcut, tags=tags, text_it=italian, text_en=english, shared=True)
        await replies.save(house, tx, author, written)
