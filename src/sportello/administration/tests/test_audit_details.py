"""What the trail kept is told in the reader's words; what is data stays as it was kept."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sportello.administration.audit_details import Details

ELENA = "0192f0c1-0000-7000-8000-000000000001"
ITALIAN = Details("it", ZoneInfo("Europe/Rome"), {ELENA: "Elena Ricci"})


@pytest.mark.parametrize(
    ("action", "detail", "told"),
    [
        ("presence.set", {"presence": "away"}, "Presenza: Assente"),
        ("appointment.cancelled", {"reason": "pat", "late": False}, "Motivo: Il paziente · Oltre il preavviso: No"),
        ("appointment.moved", {"from": "2026-03-28T09:00:00+00:00", "to": "2026-03-29T09:00:00+00:00"},
         "Prima: 28 mar 2026, 10:00 · Dopo: 29 mar 2026, 11:00"),
        ("conversation.force_closed", {"from": "wrap_up"}, "Prima: Chiusura"),
        ("conversation.invited", {"kind": "consult", "asked": ELENA},
         "Tipo: Consiglio · Chi è stato interpellato: Elena Ricci"),
        ("desk.wait_levels", {"from": [60, 300], "to": [30, 90]}, "Prima: 60 / 300 · Dopo: 30 / 90"),
        ("role.changed", {"given": ["audit.read"], "taken": []},
         "Permesso da ora: Consultare il registro di audit"),
        ("booking.settings", {"changed": ["address", "kept"], "kept": "here"},
         "Che cosa è cambiato: Indirizzo, Chi li tiene · Calendari: Tenuti qui"),
        ("catalogue.changed", {"changed": {"minutes": [20, 30], "needs_1": ["", "ecg"]}},
         "Che cosa è cambiato: Minuti: 20 → 30; Richiede prima: – → ecg"),
        ("privacy.retention", {"changed": {"letter": {"months": 24, "on_request": True, "by_itself": False}}},
         "Che cosa è cambiato: E-mail inviate: Mesi 24, Su richiesta Sì, In automatico No"),
        ("privacy.erased", {"rows": {"bots.conversation": 2, "desk.conversation": 3}},
         "Che cosa è stato tolto: Conversazioni, con file e note: 5"),
        ("patient.glass_broken", {"reason": "Chiamata dal 118 <b>", "until": ""}, "Motivo: Chiamata dal 118 <b>"),
        ("fhir.written", {"how": "create"}, "Che cosa è stato fatto: Creazione"),
        ("of.tomorrow", {"unheard": {"of": [1, None]}}, "unheard: Di: 1 → –"),
    ],
)  # fmt: skip
def test_it_is_told_in_the_readers_words(action: str, detail: dict[str, Any], told: str) -> None:
    assert " · ".join(f"{name}: {value}" for name, value in ITALIAN.told(action, detail)) == told


def test_what_an_event_is_about_and_who_acted() -> None:
    assert ITALIAN.thing("appointment/0192") == ("Appuntamento", "0192")
    assert ITALIAN.thing("timeline") == ("Cronologia clinica", "")
    assert ITALIAN.thing("agent") == ("Operatore", "")
    assert ITALIAN.thing(ELENA) == ("Elena Ricci", "")
    assert ITALIAN.thing("CarePlan/9") == ("", "CarePlan/9")
    assert ITALIAN.who({"actor_kind": "machine", "actor_name": None}) == "Un altro sistema"
