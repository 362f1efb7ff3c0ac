"""The names and codes of FHIR R4 (4.0.1) that the house relies on: types, required codes, required elements."""

import re

TYPES = frozenset(
    (
        "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse "
        "AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan "
        "CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression "
        "CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition "
        "Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue "
        "Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport "
        "DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest "
        "EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario "
        "ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse "
        "HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation "
        "ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media "
        "Medication MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest "
        "MedicationStatement MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication "
        "MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction "
        "MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical "
        "MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem "
        "NutritionOrder Observation ObservationDefinition OperationDefinition OperationOutcome Organization "
        "OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition "
        "Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson "
        "RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject "
        "RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen "
        "SpecimenDefinition StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid "
        "SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial "
        "SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport "
        "TestScript ValueSet VerificationResult VisionPrescription"
    ).split()
)

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
DATE = re.compile(
    r"(?P<date>\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)"
    r"(?P<time>T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d))?"
)

# Codes of required bindings (http://hl7.org/fhir/R4/valueset-*.html) of the types that the house itself reads.
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"
_RESULT = "registered preliminary final amended corrected cancelled entered-in-error unknown"
_INTENT = "proposal plan directive order original-order reflex-order filler-order instance-order option"
_GENDER = "male female other unknown"

CODES: dict[tuple[str, str], frozenset[str]] = {
    (kind, field): frozenset(codes.split())
    for kind, field, codes in (
        ("Patient", "gender", _GENDER),
        ("Practitioner", "gender", _GENDER),
        ("Location", "status", "active suspended inactive"),
        ("Slot", "status", "busy free busy-unavailable busy-tentative entered-in-error"),
        (
            "Appointment",
            "status",
            "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist",
        ),
        (
            "Encounter",
            "status",
            "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
        ),
        ("Observation", "status", _RESULT),
        ("DiagnosticReport", "status", _RESULT + " partial appended"),
        ("Procedure", "status", _EVENT),
        ("Communication", "status", _EVENT),
        ("Immunization", "status", "completed entered-in-error not-done"),
        (
            "MedicationRequest",
            "status",
            "active on-hold cancelled completed entered-in-error stopped draft unknown",
        ),
        ("MedicationRequest", "intent", _INTENT),
        ("ServiceRequest", "status", _REQUEST),
        ("ServiceRequest", "intent", _INTENT),
        ("CarePlan", "status", _REQUEST),
        ("CarePlan", "intent", "proposal plan order option"),
        ("CareTeam", "status", "proposed active suspended inactive entered-in-error"),
        (
            "Goal",
            "lifecycleStatus",
            "proposed planned accepted active on-hold completed cancelled entered-in-error rejected",
        ),
        ("Flag", "status", "active inactive entered-in-error"),
        ("AllergyIntolerance", "criticality", "low high unable-to-assess"),
        ("DocumentReference", "status", "current superseded entered-in-error"),
        ("Consent", "status", "draft proposed active rejected inactive entered-in-error"),
        (
            "Task",
            "status",
            "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
            " entered-in-error",
        ),
        (
            "QuestionnaireResponse",
            "status",
            "in-progress completed amended entered-in-error stopped",
        ),
    )
}

REQUIRED: dict[str, tuple[str, ...]] = {
    "Slot": ("schedule", "status", "start", "end"),
    "Schedule": ("actor",),
    "Appointment": ("status", "participant"),
    "Encounter": ("status", "class"),
    "Observation": ("status", "code"),
    "DiagnosticReport": ("status", "code"),
    "Procedure": ("status", "subject"),
    "Condition": ("subject",),
    "AllergyIntolerance": ("patient",),
    "Immunization": ("status", "vaccineCode", "patient"),
    "MedicationRequest": ("status", "intent", "subject"),
    "ServiceRequest": ("status", "intent", "subject"),
    "CarePlan": ("status", "intent", "subject"),
    "Goal": ("lifecycleStatus", "description", "subject"),
    "Flag": ("status", "code", "subject"),
    "Communication": ("status",),
    "Consent": ("status", "scope", "category"),
    "DocumentReference": ("status", "content"),
    "Task": ("status", "intent"),
    "QuestionnaireResponse": ("status",),
}
