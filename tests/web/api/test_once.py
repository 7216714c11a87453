"""The same request twice does nothing twice, whatever lies between: time, another body, a crash."""

import pytest
from sqlalchemy import func, select

from tests.factories.programs import Program
from tests.web.api.test_taster import attach, begin
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.providers.api_keys import operations
from voucher.providers.api_keys.models import ApiAnswer
from voucher.vouchers.models import Redemption

pytestmark = pytest.mark.both_databases
KEY = "a-key-of-the-programs-own"


def count(app, model):
    with app.app_context():
        return session.execute(select(func.count(model.id))).scalar_one()


def test_the_same_request_is_given_the_same_answer(stage, app):
    first = stage.ours.post("/redemptions", {"code": stage.code}, key=KEY)
    again = stage.ours.post("/redemptions", {"code": stage.code}, key=KEY)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(app, Redemption) == 1


def test_another_request_under_the_same_key_is_refused(stage):
    redeemed = stage.ours.post("/redemptions", {"code": stage.code}, key=KEY)
    for path, body in (
        ("/redemptions", {"code": stage.code + " "}),
        ("/claims", {"redemption": redeemed.json["reference"]}),
    ):
        answer = stage.ours.post(path, body, key=KEY)
        assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_spaces_and_order_make_no_other_request(stage):
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    bodies = (f'{{"code": "{stage.code}"}}', f'  {{ "code" :"{stage.code}"}}\n')
    answers = [
        stage.ours.send("POST", "/redemptions", headers=headers, data=body) for body in bodies
    ]
    assert answers[0].data == answers[1].data


def test_a_refused_request_leaves_its_key_free(stage):
    refused = stage.ours.post("/redemptions", {"code": "nonsense"}, key=KEY)
    assert refused.status_code == 404
    assert stage.ours.post("/redemptions", {"code": stage.code}, key=KEY).status_code == 201


def test_the_key_that_replaced_another_is_given_its_answers(stage, arrange, clients):
    first = stage.ours.post("/redemptions", {"code": stage.code}, key=KEY)
    with arrange():
        _, secret = operations.rotate_key(
            key=stage.key, by=stage.job.worker.id, at=stage.key.made_at
        )
    again = Program(clients(), secret).post("/redemptions", {"code": stage.code}, key=KEY)
    assert again.data == first.data


def test_a_file_sent_twice_is_attached_once(stage, app):
    reference = begin(stage)["reference"]
    first = attach(stage.ours, reference, key=KEY)
    again = attach(stage.ours, reference, key=KEY)
    assert again.data == first.data
    assert count(app, StoredFile) == 1
    other = attach(stage.ours, reference, content=b"%PDF-1.4 other %%EOF", key=KEY)
    assert other.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("given", [None, "", "short", "x" * 129, "with space 1", "naïve-key-1"])
def test_an_act_needs_an_idempotency_key(stage, given, app):
    headers = {} if given is None else {"Idempotency-Key": given.encode().decode("latin-1")}
    answer = stage.ours.send("POST", "/redemptions", headers=headers, json={"code": stage.code})
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert count(app, Redemption) == 0


def test_two_at_once_do_it_once(stage, app, clients, together):
    programs = [Program(clients(), stage.ours.secret) for _ in range(4)]
    body = {"code": stage.code}
    answers = together(
        *[lambda one=one: one.post("/redemptions", body, key=KEY) for one in programs]
    )
    done = [one for one in answers if one.status_code == 201]
    assert done
    assert len({one.data for one in done}) == 1
    others = [one.json["code"] for one in answers if one.status_code != 201]
    assert set(others) <= {"request_in_progress"}
    assert (count(app, Redemption), count(app, ApiAnswer)) == (1, 1)


def test_two_keys_at_once_redeem_once(stage, app, clients, together):
    programs = [Program(clients(), stage.ours.secret) for _ in range(3)]
    body = {"code": stage.code}
    answers = together(*[lambda one=one: one.post("/redemptions", body) for one in programs])
    assert sorted(one.status_code for one in answers) == [201, 409, 409]
    assert count(app, Redemption) == 1


@pytest.mark.parametrize("where", ["act", "answer"])
def test_a_crash_between_loses_nothing_and_does_nothing_twice(stage, app, monkeypatch, where):
    """The database fails just after the act, or just after the answer was written."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    name = {"act": "record_act", "answer": "keep_answer"}[where]
    real = getattr(operations, name)

    def fail(**given):
        real(**given)
        raise OSError("the power failed")

    with monkeypatch.context() as failing:
        failing.setattr(operations, name, fail)
        answer = stage.ours.client.post(
            "/api/v1/redemptions",
            json={"code": stage.code},
            headers={"Authorization": f"Bearer {stage.ours.secret}", "Idempotency-Key": KEY},
        )
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert (count(app, Redemption), count(app, ApiAnswer)) == (0, 0)
    assert stage.ours.post("/redemptions", {"code": stage.code}, key=KEY).status_code == 201
    assert stage.ours.post("/redemptions", {"code": stage.code}, key=KEY).status_code == 201
    assert (count(app, Redemption), count(app, Claim)) == (1, 0)
