"""Names for codes that come without a word for people: a reader is told what it means, or at least whose code it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from sportello.kit.i18n import N_, translate
from sportello.record.labels import CLASSES, VITALS

# By the last part of the code system's address; of LOINC and HL7 what hospitals here send without a display.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "loinc.org": VITALS | {
        "59284-0": N_("Consent"), "57016-8": N_("Privacy notice acknowledged"),
        "57017-6": N_("Privacy notice of the hospital"), "64292-6": N_("Release of health information"),
        "8480-6": N_("Systolic"), "8462-4": N_("Diastolic"),
        "34133-9": N_("Summary of care"), "18842-5": N_("Discharge summary"), "11488-4": N_("Consultation note"),
        "11506-3": N_("Progress note"), "11502-2": N_("Laboratory report"), "68604-8": N_("Radiology report"),
        "60591-5": N_("Patient summary"), "57833-6": N_("Prescription"), "57832-8": N_("Referral"),
    },
    "consentscope": {
        "adr": N_("Advance care directive"), "research": N_("Research"), "patient-privacy": N_("Privacy"),
        "treatment": N_("Treatment"),
    },
    "consentcategorycodes": {
        "acd": N_("Advance care directive"), "dnr": N_("No resuscitation"), "emrgonly": N_("Emergencies only"),
        "hcd": N_("Health care directive"), "npp": N_("Privacy notice acknowledged"),
        "polst": N_("Life-sustaining care"), "research": N_("Research"), "rsdid": N_("Research with anonymous data"),
        "rsreid": N_("Research, may be named again"),
    },
    "v3-actcode": CLASSES | {
        "ICOL": N_("Collecting data"), "IDSCL": N_("Passing data on"), "INFA": N_("Access to data"),
        "INFAO": N_("Access to data only"), "INFASO": N_("Access to data and passing them on"),
        "IRDSCL": N_("Passing data on again"), "RESEARCH": N_("Research"),
    },
    "observation-category": {
        "laboratory": N_("Laboratory"), "imaging": N_("Images"), "vital-signs": N_("Vital signs"),
        "social-history": N_("Habits"), "survey": N_("Survey"), "exam": N_("Examination"), "therapy": N_("Therapy"),
        "procedure": N_("Procedure"), "activity": N_("Physical activity"),
    },
    "flag-category": {
        "diet": N_("Diet"), "drug": N_("Medication"), "lab": N_("Laboratory"), "admin": N_("Administrative"),
        "contact": N_("Contact"), "clinical": N_("Clinical"), "behavioral": N_("Behaviour"), "research": N_("Research"),
        "advance-directive": N_("Advance care directive"), "safety": N_("Safety"),
    },
    "communication-category": {
        "alert": N_("Warning"), "notification": N_("Notice"), "reminder": N_("Reminder"),
        "instruction": N_("Instruction"),
    },
    "sct": {
        "24484000": N_("Severe"), "6736007": N_("Moderate"), "255604002": N_("Mild"),
        "716186003": N_("No known allergies"), "409137002": N_("No known drug allergies"),
    },
}  # fmt: skip

# What people call the systems themselves.
_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT", "http://loinc.org": "LOINC", "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM", "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://www.whocc.no/atc": "ATC", "http://hl7.org/fhir/sid/cvx": "CVX", "http://unitsofmeasure.org": "UCUM",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm", "urn:oid:2.16.840.1.113883.6.96": "SNOMED CT",
    "urn:oid:2.16.840.1.113883.6.1": "LOINC", "urn:oid:2.16.840.1.113883.6.103": "ICD-9-CM",
    "urn:oid:2.16.840.1.113883.6.73": "ATC", "urn:oid:2.16.840.1.113883.2.9.6.1.5": "AIC",
}  # fmt: skip
_ALONE = ("loinc.org",)  # its codes are like no other's, so that a missing system leaves no doubt

# What a line of the timeline is called when it says nothing of itself.
KINDS = {
    "AllergyIntolerance": N_("Allergy"), "Appointment": N_("Visit"), "ClinicalImpression": N_("Assessment"),
    "Communication": N_("Message"), "CommunicationRequest": N_("Message"), "Composition": N_("Document"),
    "Condition": N_("Problem"), "Consent": N_("Consent"), "DeviceUseStatement": N_("Device"),
    "DiagnosticReport": N_("Report"), "DocumentReference": N_("Document"), "Encounter": N_("Visit"),
    "FamilyMemberHistory": N_("Family history"), "ImagingStudy": N_("Images"), "Immunization": N_("Vaccination"),
    "MedicationAdministration": N_("Medication given"), "MedicationDispense": N_("Medication handed out"),
    "MedicationRequest": N_("Prescription"), "MedicationStatement": N_("Medication"), "Observation": N_("Test result"),
    "Procedure": N_("Procedure"), "QuestionnaireResponse": N_("Survey"), "ServiceRequest": N_("Request"),
}  # fmt: skip


def known(coding: Mapping[str, Any], language: str) -> str | None:
    """The name of a code that we know by its system."""
    code, system = coding.get("code"), coding.get("system")
    if not isinstance(code, str):
        return None
    names = [str(system).rpartition("/")[2].lower()] if system else _ALONE
    return next((translate(language, _NAMES[name][code]) for name in names if code in _NAMES.get(name, ())), None)


def bare(coding: Mapping[str, Any]) -> str | None:
    """The code itself, at least with the system whose code it is, so that nobody takes it for a number of ours."""
    code, system = coding.get("code"), coding.get("system")
    if not isinstance(code, str) or not code.strip():
        return None
    whose = _SYSTEMS.get(str(system))
    return f"{whose} {code.strip()}" if whose else code.strip()


def kind_said(kind: str, language: str) -> str:
    """A type of resource in the reader's language; one that has no name here by FHIR's."""
    return translate(language, KINDS[kind]) if kind in KINDS else kind


def says_little(codings: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a consent's category says no more than that it is a consent (LOINC 59284-0, without words of its own)."""
    return any(one.get("code") == "59284-0" and not one.get("display") for one in codings)
