"""Every code that a rule gives is one that programs are told of, with a status and a title."""

import re
from pathlib import Path

from voucher.core import errors
from voucher.vouchers.models import VoucherStatus
from voucher.web.api.contract import OPERATIONS
from voucher.web.api.document import codes_of, make_document
from voucher.web.api.schemas import SCHEMAS
from voucher.web.problems import CODES, OF_STATUS

VOUCHER = Path(__file__).parents[2] / "voucher"
GIVEN = re.compile(r'\bcode="([a-z_]+)"')
DOMAINS = ("vouchers", "claims", "files", "providers/api_keys", "web/api")


def given():
    """The codes that stand in the rules and operations of what programs can do."""
    for domain in DOMAINS:
        for path in (VOUCHER / domain).rglob("*.py"):
            yield from GIVEN.findall(path.read_text())


def test_every_code_that_is_given_is_known():
    found = set(given())
    assert len(found) > 10
    assert found <= set(CODES)


def test_every_kind_of_error_has_a_known_code():
    kinds = (errors.NotFound, errors.NotPermitted, errors.Conflict, errors.Invalid)
    assert {kind("words").code for kind in kinds} <= set(CODES)
    assert errors.Conflict("words", code="voucher_expired").code == "voucher_expired"
    dead = set(VoucherStatus) - {VoucherStatus.ISSUED}
    assert {f"voucher_{status.value}" for status in dead} <= set(CODES)


def test_a_status_and_its_code_agree():
    assert all(CODES[code].status == status for status, code in OF_STATUS.items())


def test_every_operation_names_codes_and_schemas_that_there_are():
    for operation in OPERATIONS:
        assert set(operation.codes) <= set(CODES), operation.name
        assert codes_of(operation), operation.name
        named = {operation.body, operation.form, *operation.answers.values()} - {None}
        assert named <= set(SCHEMAS), operation.name
        assert operation.view.__doc__, operation.name


def test_every_schema_is_used_and_every_operation_described():
    document = make_document("https://x.example/")
    text = str(document)
    assert [name for name in SCHEMAS if f"schemas/{name}'" not in text] == []
    described = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert sorted(described) == sorted(one.name for one in OPERATIONS)
    assert document["servers"] == [{"url": "https://x.example/api/v1"}]
