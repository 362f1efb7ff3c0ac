"""What readers are told when the hospital's server gives trouble, by code."""

from sportello.kit.i18n import N_

TROUBLES = {
    "away": N_("The hospital's server cannot be reached."),
    "slow": N_("The hospital's server does not answer in time."),
    "busy": N_("The hospital's server asks to be left alone for a while."),
    "refused": N_("The hospital's server does not let Sportello read this."),
    "failed": N_("The hospital's server answers with an error."),
    "garbled": N_("The hospital's server gave an answer that is not FHIR."),
    "elsewhere": N_("The hospital's server sent on to another address, which is not followed."),
    "huge": N_("An answer of the hospital's server is too large."),
    "too-many": N_("There is more than can be shown; only a part is here."),
    "stranger": N_("The hospital's server gave data of another patient, which are not shown."),
    "unsealed": N_("The certificate of the hospital's server is not trusted."),
    "no-fhir": N_("There is no FHIR server at this address."),
    "no-r4": N_("The server does not speak FHIR R4 (4.0.1)."),
    "no-token": N_("The hospital's server gave no token for our signed word."),
    "no-token-address": N_("The hospital's server does not tell where it gives tokens."),
}
WORST = ("unsealed", "no-token", "no-token-address", "no-fhir", "no-r4", "away", "slow", "busy", "stranger",
         "elsewhere", "refused", "huge", "failed", "garbled", "too-many")  # fmt: skip
