"""A record as columns of text: nested objects by a dot, rich-text documents as their text, lists of objects by name."""

from collections.abc import Mapping
from typing import Any

from data.exports.formats.cell_text import cell_text
from triage.markup import document_text, is_document

__all__ = ["flattened"]

_OF_DOCUMENTS = frozenset(("content", "children", "ops", "blocks", "root", "document"))
_NAMES = ("name", "id", "key", "field", "label")
_VALUES = ("value", "values", "val")
_OF_FIELDS = frozenset(
    (*_NAMES, *_VALUES, "type", "_url", "title", "slug", "display_value", "display_name", "selected")
)


def flattened(record: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a record, by the names of their columns.

    - An object's fields are columns below its own name: `via.channel`.
    - A list of fields, each with an id or a name and a value, is a column a field: `custom_fields.3601`.
    - Of a list of other objects each field is a column with a line for every object.
    - A rich-text document is what it says.
    """
    cells: dict[str, str] = {}
    _flatten(record, "", cells)
    return cells


def _flatten(found: Mapping[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, value in found.items():
        name = f"{prefix}{key}".strip() if prefix else key.strip()
        kind = type(value)
        if kind is str:
            into[name] = value
        elif value is None:
            into[name] = ""
        elif kind is int:
            into[name] = str(value)
        elif isinstance(value, dict) and value:
            if not _OF_DOCUMENTS.isdisjoint(value) and is_document(value):
                into[name] = document_text(value)
            else:
                _flatten(value, f"{name}.", into)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            _flatten_list(value, name, into)
        else:
            into[name] = cell_text(value)


def _flatten_list(values: list[Any], name: str, into: dict[str, str]) -> None:
    if not all(isinstance(each, dict) for each in values):
        into[name] = cell_text(values)
    elif all(map(_is_field, values)):
        for each in values:
            own_name = next(str(each[word]) for word in _NAMES if each.get(word) not in (None, ""))
            into[f"{name}.{own_name}"] = _listed(next(each[word] for word in _VALUES if word in each))
    elif is_document(values) and not _OF_DOCUMENTS.isdisjoint(values[0]):
        into[name] = document_text(values)
    elif len(values) == 1:
        _flatten(values[0], f"{name}.", into)
    else:
        together: dict[str, list[str]] = {}
        for each in values:
            one: dict[str, str] = {}
            _flatten(each, f"{name}.", one)
            for column, cell in one.items():
                together.setdefault(column, []).append(cell)
        into.update({column: "\n".join(filter(None, cells)) for column, cells in together.items()})


def _is_field(found: Mapping[str, Any]) -> bool:
    """Whether an object is a field with its value, as in Zendesk's `custom_fields` and RT's `CustomFields`."""
    return (
        any(word in found for word in _VALUES)
        and any(found.get(word) not in (None, "") for word in _NAMES)
        and _OF_FIELDS.issuperset(found)
    )


def _listed(value: object) -> str:
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return "\n".join(filter(None, map(cell_text, value)))
    return cell_text(value)
