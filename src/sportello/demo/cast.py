"""The people of the demo: six of the staff, and the patients who can sign in."""

PASSWORD = "sportello-demo-2026"  # noqa: S105  printed at every start; the demo's doors are open anyway

# login, name, role
STAFF = [
    ("elena", "Elena Conti", "agent"),
    ("davide", "Davide Greco", "agent"),
    ("luca", "Luca Fontana", "agent"),
    ("marta", "Marta Ricci", "supervisor"),
    ("paolo", "Paolo Serra", "care_coordinator"),
    ("sara", "Sara Villa", "administrator"),
]

# login (also the patient's key in patients.yaml), code, language
PATIENTS = [
    ("giulia.ferri", "246810", "it"),
    ("mario.bassi", "135791", "it"),
    ("emily.carter", "864209", "en"),
]
