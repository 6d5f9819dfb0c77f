"""What a program sent as JSON, without personal data and secrets in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from triage.errors import InvalidInput
from triage.redaction.replacement import redact, redact_wrapped
from triage.redaction.rules import EVERYTHING, RedactionRules
from triage.redaction.tickets import redact_named

__all__ = ["redact_document"]


def redact_document(text: str, instead: Mapping[str, str], rules: RedactionRules = EVERYTHING) -> str:
    """The document with every text in it redacted; the very same where there is nothing to redact.

    Args:
        text: JSON; what is none is redacted as a text.
        instead: values that are ids, with what stands in the place of each: mostly the id itself.
        rules: what is redacted where; the name of a value is its field.

    Raises:
        InvalidInput: it is nested more deeply than anybody reads.
    """
    try:
        document = json.loads(text)
        changed = _redact_within(document, instead, rules)
        return json.dumps(document, ensure_ascii=False) if changed else text
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.") from None
    except ValueError:
        return redact(text, rules.usual).text


def _redact_within(document: object, instead: Mapping[str, str], rules: RedactionRules) -> bool:
    """Redacts what a document holds, in place; whether that changed anything."""
    changed = False
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        outer, value = waiting.pop()
        if isinstance(value, dict):
            places: Iterable[tuple[Any, str]] = [(name, name) for name in value]
        elif isinstance(value, list):
            places = [(at, outer) for at in range(len(value))]
        else:
            continue
        for place, name in places:
            inner = value[place]
            if isinstance(inner, str):
                value[place] = _redacted(name, inner, instead, rules)
                changed = changed or value[place] != inner
            else:
                waiting.append((name, inner))
    return changed


def _redacted(name: str, value: str, instead: Mapping[str, str], rules: RedactionRules) -> str:
    if (known := instead.get(value.strip())) is not None:
        return known
    return redact_wrapped(redact_named(name, value, rules).text, rules.kinds_of(name)).text
