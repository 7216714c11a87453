"""From a voucher's code to a sent claim and its payment, by a program."""

import io

import pytest
from sqlalchemy import select

from tests.factories.work import PDF
from voucher.audit.models import AuditEvent
from voucher.core import clock
from voucher.core.db import session

pytestmark = pytest.mark.both_databases


def attach(program, reference, kind="invoice", content=PDF, **more):
    data = {"kind": kind, "file": (io.BytesIO(content), "Invoice 7.pdf")}
    return program.post(f"/claims/{reference}/files", data=data, **more)


def begin(stage):
    redeemed = stage.ours.post("/redemptions", {"code": stage.code})
    assert redeemed.status_code == 201
    started = stage.ours.post("/claims", {"redemption": redeemed.json["reference"]})
    assert started.status_code == 201
    return started.json


def fill_in(stage, claim):
    today = clock.today().isoformat()
    details = {
        "invoice_number": "INV-7",
        "invoice_on": today,
        "contribution_paid_on": today,
        "work_done": "Set up, trained, handed over.",
        **claim["agreed"],
    }
    return stage.ours.send("PATCH", f"/claims/{claim['reference']}", json=details)


def test_a_code_says_what_it_is_worth_and_changes_nothing(stage):
    answer = stage.ours.send("POST", "/vouchers/check", json={"code": stage.code})
    assert answer.json["redeemable"] is True
    assert answer.json["voucher_pence"] == 90_000
    again = stage.ours.send("POST", "/vouchers/check", json={"code": stage.code})
    assert again.json["status"] == "issued"


def test_the_whole_way(stage, app):
    claim = begin(stage)
    assert claim["status"] == "draft"
    assert claim["missing_files"] == ["invoice"]
    reference = claim["reference"]
    refused = stage.ours.post(f"/claims/{reference}/send")
    assert refused.status_code == 409
    assert refused.json["code"] == "claim_not_ready"
    pointers = {one["pointer"] for one in refused.json["errors"]}
    assert {"#/invoice_number", "#/work_done", "#/files"} <= pointers
    assert fill_in(stage, claim).json["missing_files"] == ["invoice"]
    assert attach(stage.ours, reference).json["media_type"] == "application/pdf"
    sent = stage.ours.post(f"/claims/{reference}/send")
    assert sent.json["status"] == "submitted"
    assert stage.ours.get(f"/claims/{reference}").json == sent.json
    late = fill_in(stage, claim)
    assert (late.status_code, late.json["code"]) == (409, "claim_sent")
    with app.app_context():
        acts = session.execute(
            select(AuditEvent).where(AuditEvent.action == "api_key.acted").order_by(AuditEvent.id)
        ).scalars()
        found = [(act.record_id, act.actor_user_id, act.details["operation"]) for act in acts]
    who = (stage.key.id, stage.job.worker.id)
    done = ("redeemVoucher", "startClaim", "writeClaim", "attachFile", "sendClaim")
    assert found == [(*who, name) for name in done]


def test_a_voucher_is_redeemed_once(stage):
    assert stage.ours.post("/redemptions", {"code": stage.code}).status_code == 201
    again = stage.ours.post("/redemptions", {"code": stage.code})
    assert (again.status_code, again.json["code"]) == (409, "voucher_redeemed")


def test_a_file_is_taken_back(stage):
    claim = begin(stage)
    file = attach(stage.ours, claim["reference"]).json
    path = f"/claims/{claim['reference']}/files/{file['reference']}"
    assert stage.ours.send("DELETE", path).status_code == 204
    assert stage.ours.get(f"/claims/{claim['reference']}").json["files"] == []
    assert stage.ours.send("DELETE", path).status_code == 404


def test_what_is_no_document_is_refused(stage):
    claim = begin(stage)
    answer = attach(stage.ours, claim["reference"], content=b"MZ" * 40)
    assert (answer.status_code, answer.json["code"]) == (422, "file_refused")
    assert answer.json["errors"][0]["pointer"] == "#/file"


def test_lists_come_in_pages(stage):
    claim = begin(stage)
    for path in ("/redemptions", "/claims"):
        page = stage.ours.get(f"{path}?limit=1").json
        assert page["next"] is None
        after = stage.ours.get(f"{path}?cursor={page['items'][0]['reference']}")
        assert after.json == {"items": [], "next": None}
    assert stage.ours.get("/claims").json["items"][0]["reference"] == claim["reference"]
    assert stage.ours.get("/payouts").json["items"] == []
    assert stage.ours.get("/statements").json["items"] == []
    month = clock.today().isoformat()[:7]
    assert stage.ours.get(f"/statements/{month}").json["lines"] == []
    assert stage.ours.get("/statements/2999-01").status_code == 404


def test_another_providers_records_are_not_found(stage):
    claim = begin(stage)
    reference, redemption = claim["reference"], claim["redemption"]
    file = attach(stage.ours, reference).json["reference"]
    theirs = stage.theirs
    tries = [
        theirs.send("POST", "/vouchers/check", json={"code": stage.code}),
        theirs.post("/redemptions", {"code": stage.code}),
        theirs.get(f"/redemptions/{redemption}"),
        theirs.get(f"/redemptions?cursor={redemption}"),
        theirs.post("/claims", {"redemption": redemption}),
        theirs.get(f"/claims/{reference}"),
        theirs.get(f"/claims?cursor={reference}"),
        theirs.send("PATCH", f"/claims/{reference}", json={"work_done": "Nothing"}),
        attach(theirs, reference),
        theirs.send("DELETE", f"/claims/{reference}/files/{file}"),
        theirs.post(f"/claims/{reference}/send"),
        theirs.get("/payouts/PAY-0000-0000"),
    ]
    assert [one.status_code for one in tries] == [404] * len(tries)
    assert theirs.get("/claims").json["items"] == []
    assert theirs.get("/redemptions").json["items"] == []
