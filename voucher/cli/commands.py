"""`flask voucher …`: every command, put on the application."""

from flask import Flask
from flask.cli import AppGroup

from voucher.cli import (
    audit,
    chaos,
    database,
    demonstration,
    extracts,
    ledger,
    offerings,
    payments,
    rehearse,
    report_checks,
    reports,
    screening,
    simulations,
    synthesis,
    tools,
    worker,
)

group = AppGroup("voucher", help="Run and look after the voucher scheme.")
COMMANDS = (
    database.migrate,
    audit.verify_audit,
    ledger.ledger_export,
    offerings.import_command,
    payments.reconcile,
    payments.replay_events,
    reports.report,
    extracts.extract,
    simulations.simulate,
    report_checks.verify_report,
    screening.import_sanctions,
    synthesis.synthesis,
    worker.worker,
    demonstration.demonstration,
    demonstration.make_demonstration,
    rehearse.rehearse,
    chaos.chaos,
)


def init_cli(app: Flask) -> None:
    """Put the commands on `app`."""
    for command in (*COMMANDS, *tools.commands()):
        group.add_command(command)
    app.cli.add_command(group)
