"""The patient's side: the hospital's page, the chat widget, sign-in, and the patient's own appointments."""
