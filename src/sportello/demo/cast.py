"""The people of the demo: those of the staff, one of them a doctor in care teams, and the patients who can sign in."""

PASSWORD = "sportello-demo-2026"  # noqa: S105  printed at every start; the demo's doors are open anyway

# login, name, role
STAFF = [
    ("elena", "Elena Conti", "agent"),
    ("davide", "Davide Greco", "agent"),
    ("luca", "Luca Fontana", "agent"),
    ("marta", "Marta Ricci", "supervisor"),
    ("paolo", "Paolo Serra", "care_coordinator"),
    ("carla", "Carla Pavan", "care_coordinator"),
    ("sara", "Sara Villa", "administrator"),
]
# Whose account is a practitioner's of hospital.yaml: it has their e-mail address, by which a care team finds it.
PRACTITIONERS = {"carla": "pavan"}

# login (also the patient's key in patients.yaml), code, language
PATIENTS = [
    ("giulia.ferri", "246810", "it"),
    ("mario.bassi", "135791", "it"),
    ("emily.carter", "864209", "en"),
]
