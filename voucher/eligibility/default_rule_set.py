"""The rule set a new programme begins with: data, not law. A programme edits its own copy.

Sizes follow the usual definition of a small or medium enterprise (fewer than 250 people); there is
no floor, because a floor of five employees once shut nine in ten small firms out of a scheme.
"""

from typing import Any

DEFAULT_RULE_SET: dict[str, Any] = {
    "version": 1,
    "rules": [
        {
            "code": "in_the_north",
            "kind": "area_share",
            "severity": "refuse",
            "parameters": {"least_bps": 1},
            "reason": "Your business is not in the north of England.",
            "what_to_do": "If you also have premises in the North East, the North West or "
            "Yorkshire and the Humber, apply with the postcode of those premises.",
        },
        {
            "code": "surely_in_the_north",
            "kind": "area_share",
            "severity": "refer",
            "parameters": {"least_bps": 9950},
            "reason": "Your postcode district lies across the edge of the north of England.",
            "what_to_do": "You can apply. We will look at your full address.",
        },
        {
            "code": "legal_form",
            "kind": "legal_form",
            "severity": "refuse",
            "parameters": {"allowed": ["company", "sole_trader", "charity"]},
            "reason": "The scheme is for companies, sole traders, partnerships and charities.",
            "what_to_do": "If you trade through a company as well, apply for the company.",
        },
        {
            "code": "size",
            "kind": "headcount",
            "severity": "refuse",
            "parameters": {"most": 249},
            "reason": "Your business has 250 people or more.",
            "what_to_do": "Vouchers are for smaller businesses. Count everybody on the payroll and "
            "the owners; if that is fewer than 250, put the number right.",
        },
        {
            "code": "trading",
            "kind": "trading",
            "severity": "refuse",
            "parameters": {"registered_forms": ["company"], "accepted_statuses": ["active"]},
            "reason": "Companies House shows no active company with this number.",
            "what_to_do": "Check the company number. If Companies House is wrong, put it right "
            "there and ask us to check again.",
        },
        {
            "code": "trading_time",
            "kind": "trading_time",
            "severity": "refer",
            "parameters": {"least_months": 6},
            "reason": "Your business has been trading for less than 6 months.",
            "what_to_do": "You can apply. We will ask how you trade today.",
        },
        {
            "code": "sector",
            "kind": "sector",
            "severity": "refer",
            "parameters": {
                "excluded_sectors": [],
                "excluded_sic_prefixes": ["12", "254", "92"],
            },
            "reason": "Your registered activity is one that we look at before we decide.",
            "what_to_do": "You can apply. Tell us what your business does in your own words.",
        },
        {
            "code": "problem_described",
            "kind": "problem_described",
            "severity": "refuse",
            "parameters": {"least_characters": 80},
            "reason": "The description of your problem is too short to find help for it.",
            "what_to_do": "Say in two or three sentences what is slow, costly or impossible today, "
            "and what good would look like.",
        },
        {
            "code": "signatory",
            "kind": "signatory",
            "severity": "refuse",
            "parameters": {},
            "reason": "The person who signs may not commit the business.",
            "what_to_do": "Invite a director, partner, trustee or owner to sign the application.",
        },
        {
            "code": "subsidy_exhausted",
            "kind": "subsidy_headroom",
            "severity": "refuse",
            "parameters": {"least_pence": 1},
            "reason": "Your business and its group have reached the legal limit for this kind of "
            "public support.",
            "what_to_do": "Check the amounts and dates you declared. Support given before the "
            "period that counts, or by another legal route, is not part of the limit.",
        },
        {
            "code": "subsidy_award",
            "kind": "subsidy_award",
            "severity": "refer",
            "parameters": {},
            "reason": "A full voucher would take your business and its group over the legal limit "
            "for this kind of public support.",
            "what_to_do": "You can apply. We may be able to offer a smaller voucher.",
        },
        {
            "code": "no_live_voucher",
            "kind": "no_live_voucher",
            "severity": "refuse",
            "parameters": {},
            "reason": "Your business holds a voucher of this programme already.",
            "what_to_do": "Use that voucher first, or hand it back.",
        },
        {
            "code": "no_connection",
            "kind": "no_connection",
            "severity": "refer",
            "parameters": {},
            "reason": "Your business is connected with a provider of the scheme.",
            "what_to_do": "You can apply. You can’t use the voucher with a provider you are "
            "connected with.",
        },
        {
            "code": "new_technology",
            "kind": "new_technology",
            "severity": "record",
            "parameters": {},
            "reason": "Your business uses this kind of technology already.",
            "what_to_do": "You can apply. Tell us what would be new.",
        },
    ],
}
