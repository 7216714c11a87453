"""Roles as data: what each is for and what it permits."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.accounts.permissions import Permission as P


class Role(StrEnum):
    """The part a person plays in the scheme."""

    BUSINESS = "business"
    PROVIDER = "provider"
    CASEWORKER = "caseworker"
    APPROVER = "approver"
    FINANCE = "finance"
    AUDITOR = "auditor"
    EVALUATOR = "evaluator"
    PROGRAMME_MANAGER = "programme_manager"


@dataclass(frozen=True)
class RoleDefinition:
    """A role's label, its purpose in one sentence, and its permissions."""

    label: str
    purpose: str
    permissions: frozenset[P]


_READ_EVERYTHING = frozenset(
    {
        P.CASE_READ,
        P.PROVIDER_READ,
        P.CLAIM_READ,
        P.PROGRAMME_READ,
        P.PAYMENT_READ,
        P.LEDGER_READ,
        P.REPORT_READ,
        P.SURVEY_READ,
        P.MESSAGE_READ,
    }
)

ROLES: dict[Role, RoleDefinition] = {
    Role.BUSINESS: RoleDefinition(
        "Business",
        "Applies, uses the voucher, confirms the work.",
        frozenset({P.BUSINESS_APPLY, P.BUSINESS_READ, P.BUSINESS_USE_VOUCHER, P.BUSINESS_TEAM}),
    ),
    Role.PROVIDER: RoleDefinition(
        "Provider",
        "Publishes offerings, does the work, claims, is paid.",
        frozenset({P.PROVIDER_PROFILE, P.PROVIDER_OFFER, P.PROVIDER_WORK, P.PROVIDER_MONEY})
        | {P.PROVIDER_TEAM},
    ),
    Role.CASEWORKER: RoleDefinition(
        "Caseworker",
        "Assesses applications, providers and claims.",
        _READ_EVERYTHING - {P.LEDGER_READ}
        | {P.CASE_ASSESS, P.PROVIDER_ASSESS, P.CLAIM_CHECK, P.SCORING_SCORE}
        | {P.MESSAGE_SEND, P.SUGGESTION_MAKE, P.SURVEY_ENTER},
    ),
    Role.APPROVER: RoleDefinition(
        "Approver",
        "The second person on awards, providers and claims.",
        _READ_EVERYTHING
        | {P.CASE_APPROVE, P.PROVIDER_ASSESS, P.CLAIM_CHECK, P.CLAIM_APPROVE, P.STAFF_RECOVER}
        | {P.PAYMENT_SECOND, P.MESSAGE_SEND, P.CLAWBACK_APPROVE, P.DOUBT_ANSWER, P.DRAW_VALUE}
        | {P.SCORING_SCORE, P.SCORING_SETTLE, P.SUGGESTION_MAKE},
    ),
    Role.FINANCE: RoleDefinition(
        "Finance officer",
        "Funds, payments, ledger, reports on the books.",
        _READ_EVERYTHING
        | {P.PAYMENT_RELEASE, P.PAYMENT_SECOND, P.CLAWBACK_APPROVE, P.BOOKS_REPORT}
        | {P.DOUBT_ANSWER, P.DRAW_VALUE, P.SCORING_SETTLE},
    ),
    Role.AUDITOR: RoleDefinition(
        "Auditor",
        "Reads everything, changes nothing.",
        _READ_EVERYTHING | {P.AUDIT_READ},
    ),
    Role.EVALUATOR: RoleDefinition(
        "Evaluator",
        "Surveys, analysis and reports, without names.",
        frozenset({P.PLAN_EDIT, P.PROGRAMME_READ, P.REPORT_READ, P.REPORT_BUILD, P.SURVEY_READ})
        | {P.EQUALITY_READ, P.EXTRACT_READ, P.REPORT_SIGN},
    ),
    Role.PROGRAMME_MANAGER: RoleDefinition(
        "Programme manager",
        "Sets up programmes and rounds, invites staff.",
        _READ_EVERYTHING
        | {P.DRAW_STEP, P.DRAW_VALUE, P.SCORING_STEP, P.SCORING_SETTLE, P.SUGGESTION_MAKE}
        | {P.PLAN_EDIT, P.PROGRAMME_EDIT, P.REPORT_BUILD}
        | {P.STAFF_INVITE, P.STAFF_RECOVER, P.AUDIT_READ}
        | {P.MESSAGE_SEND, P.SURVEY_ENTER, P.OFFICIAL_FIGURES, P.REPORT_PUBLISH},
    ),
}

STAFF_ROLES = frozenset(set(Role) - {Role.BUSINESS, Role.PROVIDER})
