"""Writes a client in Python from the OpenAPI description of a site: ``generate_client.py openapi.json client.py``.

The client needs nothing but Python. `tests/api/test_client.py` holds that `wealthwise_client.py` is what this writes.
"""

import json
import keyword
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BASE = Path(__file__).with_name("client_base.py")
ABOUT = '"""A client for the API of WealthWise, written by generate_client.py from its description. Do not edit it."""'
EVERY = '''
    def every_transaction(self, **filters: Any) -> Iterator[TransactionSeen]:
        """All that match, page by page."""
        after = None
        while True:
            page = self.list_transactions(after=after, **filters)
            yield from page["items"]
            if (after := page["next"]) is None:
                return
'''
PLAIN = {
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "number": "float",
    "null": "None",
    "object": "dict[str, Any]",
}


def kind_of(schema: Mapping[str, Any]) -> str:
    """The annotation of a value."""
    if "$ref" in schema:
        return f"{schema['$ref'].rpartition('/')[2]}"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(kind_of(each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list[{kind_of(schema.get('items', {}))}]"
    if schema.get("format") == "binary":
        return "bytes"
    return "dict[str, Any]" if schema.get("type") == "object" else PLAIN.get(schema.get("type", ""), "Any")


def told(text: str, indent: str) -> str:
    """A docstring."""
    lines = textwrap.wrap(" ".join(text.split()), 112 - len(indent)) or [""]
    return f'{indent}"""' + f"\n{indent}".join(lines) + '"""\n'


def shapes(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        required, fields = schema.get("required", ()), schema.get("properties", {})
        if any(keyword.iskeyword(field) for field in fields):
            raise SystemExit(f"{name} has a field whose name Python keeps for itself.")
        yield f"\n\nclass {name}(TypedDict):\n"
        yield told(schema.get("description") or f"{name}, as the site describes it.", "    ") + "\n"
        for field, inner in fields.items():
            kind = kind_of(inner)
            kind = f'"{kind}"' if "$ref" in json.dumps(inner) else kind  # it may stand further down
            yield f"    {field}: {kind if field in required else f'NotRequired[{kind}]'}\n"


def operation(path: str, method: str, described: Mapping[str, Any]) -> str:
    parameters = described.get("parameters", [])
    inside = [f"{each['name']}: {kind_of(each['schema'])}" for each in parameters if each["in"] == "path"]
    queries = [each for each in parameters if each["in"] == "query"]
    queries.sort(key=lambda each: not each.get("required"))
    contents = described.get("requestBody", {}).get("content", {})
    form = next(iter(contents), "") == "multipart/form-data"
    body = ""
    if form:
        fields = contents["multipart/form-data"]["schema"]["properties"]
        inside += [f"{name}: {kind_of(schema)}" for name, schema in fields.items()]
        body = "{" + ", ".join(f'"{name}": {name}' for name in fields) + "}"
    elif contents:
        inside.append(f"body: {kind_of(next(iter(contents.values()))['schema'])}")
        body = "body"
    asked = [
        f"{each['name']}: {kind_of(each['schema']).removesuffix(' | None')}"
        + ("" if each.get("required") else " | None = None")
        for each in queries
    ]
    if keyed := any(each["in"] == "header" for each in parameters):
        asked.append('key: str = ""')
    answers = [each for status, each in described["responses"].items() if status[0] == "2"]
    content = next((each["content"] for each in answers if each.get("content")), {})
    answer = kind_of(next(iter(content.values()))["schema"]) if content else "None"
    arguments = ", ".join(["self", *inside, *(["*", *asked] if asked else [])])
    query = "{" + ", ".join(f'"{each["name"]}": {each["name"]}' for each in queries) + "}"
    given = f'"{method.upper()}", f"{path}", {query}' + (f", {body}" if body else "")
    given += (", form=True" if form else "") + (", key=key" if keyed else "")
    text = f"\n    def {described['operationId']}({arguments}) -> {answer}:\n"
    text += told(f"{described['summary']}. {described.get('description', '')}".strip(), "        ")
    return text + ("        self.ask(" if answer == "None" else "        return self.ask(") + f"{given})\n"


def written(document: Mapping[str, Any]) -> str:
    methods = [
        operation(path, method, described)
        for path, each in document["paths"].items()
        for method, described in each.items()
    ]
    base = BASE.read_text()
    head = ABOUT + base[base.index('"""', 3) + 3 :].replace("import Callable\n", "import Callable, Iterator\n")
    head = head.replace("import Any\n", "import Any, NotRequired, TypedDict\n")
    begin = '\n\nclass WealthWise(Site):\n    """Everything that a token may do."""\n'
    return "".join([head, *shapes(document), begin, EVERY, *methods])


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(written(json.loads(source.read_text())))
