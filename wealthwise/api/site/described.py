"""The OpenAPI document as the page of it shows it: operations, and the shapes of what is sent and answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is, in words; ``shape`` is the name of what is described further down, empty for plain values."""

    words: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class DescribedField:
    name: str
    kinds: list[Kind]
    is_required: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """``title`` and ``text`` of an operation or of a shape, with its parameters or fields."""

    name: str
    title: str
    text: str
    fields: list[DescribedField]
    method: str = ""
    takes: list[Kind] | None = None
    answers: list[tuple[str, list[Kind]]] | None = None


def operations(document: Mapping[str, Any]) -> list[Described]:
    return [
        Described(
            name=operation["operationId"],
            title=path,
            text=" ".join([f"{operation['summary']}.", operation.get("description", "")]).strip(),
            fields=[_parameter(each) for each in operation.get("parameters", [])],
            method=method.upper(),
            takes=_content(operation.get("requestBody")),
            answers=[(status, _content(told) or []) for status, told in operation["responses"].items()],
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def shapes(document: Mapping[str, Any]) -> list[Described]:
    return [
        Described(
            name=name,
            title=name,
            text=schema.get("description", ""),
            fields=[
                DescribedField(key, list(_kinds(inner)), key in schema.get("required", ()))
                for key, inner in schema.get("properties", {}).items()
            ],
        )
        for name, schema in document["components"]["schemas"].items()
    ]


def _parameter(found: Mapping[str, Any]) -> DescribedField:
    return DescribedField(found["name"], list(_kinds(found["schema"])), found.get("required", False), found["in"])


def _content(body: Mapping[str, Any] | None) -> list[Kind] | None:
    schemas = [each["schema"] for each in (body or {}).get("content", {}).values()]
    return [kind for schema in schemas for kind in _kinds(schema)] or None


def _kinds(schema: Mapping[str, Any], before: str = "") -> Iterator[Kind]:
    """Of several, each that a value may be."""
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _kinds(each, before)
    elif "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield Kind(f"{before}{name}", name)
    elif schema.get("type") == "array":
        yield from _kinds(schema.get("items", {}), f"{before}list of ")
    elif "enum" in schema:
        yield Kind(f"{before}{', '.join(map(str, schema['enum']))}")
    else:
        limits = [f"{schema[name]} characters at most" for name in ("maxLength",) if name in schema]
        more = [schema[name] for name in ("format", "pattern") if name in schema] + limits
        yield Kind(before + schema.get("type", "anything") + (f" ({', '.join(more)})" if more else ""))
