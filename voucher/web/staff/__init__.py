"""Pages of the staff side."""

from flask import Blueprint

from voucher.web.staff import (
    audit,
    books,
    books_reports,
    cases,
    claims,
    clawbacks,
    differences,
    messages,
    money,
    payments,
    programmes,
    provider_people,
    provider_terms,
    providers,
    queue,
    reports,
    statements,
    surveys,
    team,
    vouchers,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    queue.blueprint,
    cases.blueprint,
    vouchers.blueprint,
    payments.blueprint,
    clawbacks.blueprint,
    money.blueprint,
    differences.blueprint,
    books.blueprint,
    books_reports.blueprint,
    statements.blueprint,
    audit.blueprint,
    programmes.blueprint,
    team.blueprint,
    reports.blueprint,
    surveys.blueprint,
    providers.blueprint,
    provider_people.blueprint,
    provider_terms.blueprint,
    claims.blueprint,
    messages.blueprint,
)
