"""Names of categories as they are shown."""

from sportello.kit.i18n import N_

CATEGORY_NAMES = {
    "visits": N_("Visits and tests"),
    "hospital": N_("The hospital"),
    "rights": N_("Rights and privacy"),
    "wellness": N_("Health and wellness"),
}
