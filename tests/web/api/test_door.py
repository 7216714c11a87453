"""Who is let in, by what alone, how often; and requests that nobody's program would send."""

import json

import pytest

from tests.factories.programs import Program, check_answer, key_for
from tests.factories.scheme import AT
from voucher.core import clock
from voucher.core.db import session
from voucher.providers.api_keys.models import ApiKey
from voucher.providers.api_keys.operations import revoke_key
from voucher.providers.api_keys.rules import Scope, make_secret
from voucher.providers.models import Provider, ProviderStatus
from voucher.web.api.contract import OPERATIONS

KEY = {"Idempotency-Key": "a-key-of-its-own"}


def code_of(answer):
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["code"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Basic dTpw", "key_missing"),
        ("Bearer", "key_missing"),
        ("Bearer " + "x" * 300, "key_missing"),
        ("Bearer nonsense", "key_unknown"),
        ("Bearer ünïcode".encode().decode("latin-1"), "key_unknown"),
        ("Bearer " + make_secret(b"u" * 32), "key_unknown"),
    ],
)
def test_without_a_key_nobody_is_let_in(client, header, code):
    headers = {} if header is None else {"Authorization": header}
    answer = client.get("/api/v1/claims", headers=headers)
    assert code_of(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_lets_nobody_in_and_a_cookie_makes_no_difference(stage, app):
    browser = app.test_client().sign_in(stage.job.worker)
    assert browser.get("/provider/").status_code == 200
    assert code_of(browser.get("/api/v1/claims"))[0] == 401
    assert code_of(browser.post("/api/v1/redemptions", json={"code": stage.code}))[0] == 401
    answer = Program(browser, stage.ours.secret).get("/claims")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/provider/").status_code == 200


def test_each_scope_opens_its_own_and_nothing_else(arrange, clients, stage):
    with arrange():
        worker, provider = stage.job.worker, stage.job.provider.id
        secrets = {scope: key_for(worker, provider, scope)[1] for scope in Scope}
    programs = {scope: Program(clients(), secret) for scope, secret in secrets.items()}
    for operation in OPERATIONS:
        path = operation.path.replace("<reference>", "AAA-0000-0000").replace("<", "")
        for scope, program in programs.items():
            headers = KEY if operation.repeatable else {}
            answer = program.send(operation.method, path.replace(">", ""), headers=headers)
            refused = code_of(answer) == (403, "scope_missing") if answer.status_code > 399 else 0
            assert bool(refused) == (operation.scope not in (None, scope)), (operation.name, scope)


def test_a_key_says_what_it_may_do(stage):
    assert stage.ours.get("/key").json["scopes"] == [scope.value for scope in Scope]


def test_the_use_of_a_key_is_noted(stage, app):
    stage.ours.get("/claims")
    with app.app_context():
        assert session.get(ApiKey, stage.key.id).last_used_at is not None


def test_a_revoked_key_is_refused(stage, arrange):
    with arrange():
        revoke_key(key=stage.key, by=stage.job.worker.id, at=clock.now())
    assert code_of(stage.ours.get("/claims")) == (401, "key_revoked")


def test_a_suspended_providers_key_is_refused(stage, arrange):
    with arrange():
        provider = session.get(Provider, stage.job.provider.id)
        provider.status, provider.suspended_at = ProviderStatus.SUSPENDED, AT
    assert code_of(stage.ours.get("/claims")) == (403, "provider_suspended")
    assert code_of(stage.ours.post("/redemptions", {"code": stage.code}))[0] == 403


def test_a_key_has_so_many_requests_and_no_more(stage, app, monkeypatch):
    monkeypatch.setitem(app.config, "API_RATE_LIMITS", "3 per minute; 100 per hour")
    left = [stage.ours.get("/key").headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    answer = stage.ours.get("/key")
    assert code_of(answer) == (429, "rate_limited")
    assert answer.headers["RateLimit-Limit"] == "3"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert stage.theirs.get("/key").status_code == 200


def test_wrong_keys_are_counted_by_address_and_right_ones_are_not(stage, client):
    wrong = {"Authorization": "Bearer nonsense"}
    for _ in range(35):
        stage.ours.get("/key")
    seen = [client.get("/api/v1/key", headers=wrong).status_code for _ in range(31)]
    assert seen == [401] * 30 + [429]


def test_guessing_codes_is_slowed_down(stage):
    def check(code):
        return stage.ours.send("POST", "/vouchers/check", json={"code": code})

    for _ in range(12):
        assert check(stage.code).status_code == 200
    assert [check("nonsense").status_code for _ in range(11)] == [404] * 10 + [429]
    assert code_of(check(stage.code)) == (429, "rate_limited")
    assert stage.ours.get("/key").status_code == 200


BODIES = [
    (b"", "invalid_json"),
    (b"{", "invalid_json"),
    (b"\xff\xfe", "invalid_json"),
    (b'{"code": NaN}', "invalid_json"),
    (b'{"code": "a", "code": "b"}', "invalid_json"),
    (b'{"code": "\\ud800"}', "invalid_json"),
    (b'{"code": ' + b"9" * 5_000 + b"}", "invalid_json"),
    (b"[" * 30_000, "invalid_json"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "invalid_json"),
    (b"[" * 900 + b"]" * 900, "invalid_request"),
    (b"null", "invalid_request"),
    (b"[]", "invalid_request"),
    (b"{}", "invalid_request"),
    (b'{"code": 7}', "invalid_request"),
    (b'{"code": ""}', "invalid_request"),
    (b'{"code": "a\\u0000b"}', "invalid_request"),
    (b'{"code": "a", "more": 1}', "invalid_request"),
    (b'{"code": "' + b"a" * 70_000 + b'"}', "too_large"),
]


@pytest.mark.both_databases
@pytest.mark.parametrize(("body", "code"), BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", ["/vouchers/check", "/redemptions"])
def test_a_body_that_does_not_fit_is_refused_as_a_problem(stage, body, code, path):
    headers = {"Content-Type": "application/json", **KEY}
    answer = stage.ours.send("POST", path, headers=headers, data=body)
    assert code_of(answer)[1] == code


def test_every_refused_value_is_told_at_its_place(stage):
    values = {"net_price_pence": -1, "work_done": 7, "invoice_on": "2026-02-30", "else": 1}
    answer = stage.ours.send("PATCH", "/claims/CLM-0000-0000", json=values)
    assert code_of(answer) == (422, "invalid_request")
    pointers = [one["pointer"] for one in answer.json["errors"]]
    assert sorted(pointers) == ["#", "#/invoice_on", "#/net_price_pence", "#/work_done"]
    missing = stage.ours.post("/claims", {})
    assert missing.json["errors"] == [{"pointer": "#/redemption", "detail": "This is missing."}]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data"])
def test_another_kind_of_body_is_refused(stage, kind):
    headers = {"Content-Type": kind, **KEY}
    answer = stage.ours.send("POST", "/redemptions", headers=headers, data=b"{}")
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "asked",
    ["?limit=0", "?limit=101", "?limit=x", "?limit=²", "?cursor=x", "?a=1", "?limit=1&limit=2"],
)
def test_a_parameter_that_does_not_fit_is_refused(stage, asked):
    answer = stage.ours.get(f"/claims{asked}")
    assert code_of(answer) == (422, "invalid_request")
    assert answer.json["errors"][0]["parameter"]


def test_parts_of_a_form_that_do_not_fit_are_refused(stage):
    for data in ({}, {"kind": "invoice"}, {"kind": "invoice", "file": "no file"}):
        headers = {**KEY, "Content-Type": "multipart/form-data; boundary=x"}
        answer = stage.ours.send("POST", "/claims/CLM-0000-0000/files", headers=headers, data=data)
        assert code_of(answer)[0] in (415, 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "//claims", 404),
        ("GET", "/claims/", 404),
        ("GET", "/claims/a%00b", 404),
        ("GET", "/claims/%ED%A0%80", 404),
        ("GET", "/claims/" + "x" * 3_000, 404),
        ("PUT", "/claims", 405),
        ("DELETE", "/key", 405),
        ("OPTIONS", "/key", 405),
        ("TRACE", "/key", 405),
        ("POST", "/openapi.json", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(stage, method, path, status):
    answer = stage.ours.send(method, path)
    assert answer.status_code == status
    assert code_of(answer)[1] in ("not_found", "method_not_allowed")
    if status == 405:
        assert answer.headers["Allow"]


def test_a_failure_of_ours_is_a_problem_too(stage, app, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("voucher.web.api.shapes.key", lambda caller: 1 / 0)
    answer = stage.ours.client.get(
        "/api/v1/key", headers={"Authorization": f"Bearer {stage.ours.secret}"}
    )
    assert code_of(answer) == (500, "internal_error")
    assert "ZeroDivisionError" not in json.dumps(answer.json)


def test_the_check_of_answers_would_notice(stage):
    answer = stage.ours.get("/key")
    with pytest.raises(AssertionError):
        check_answer(answer, "GET", "/nothing")
