"""Bodies as attackers, broken clients and fuzzers send them, made by seed from a body that fits."""

import gzip
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["KINDS", "SECRET", "HostileBody", "hostile_bodies"]

SECRET = "hunter2"  # noqa: S105  (a ticket's words)
"""Stands in every text, and in no answer that refuses one."""

_ANY_TEXT = frozenset({"subject", "body", "next_step", "note", "owner", "title", "description", "location"})

_JSON: Mapping[str, str] = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class HostileBody:
    """What is sent.

    Attributes:
        kind: of attack or mistake, a name of `KINDS`.
        content: the bytes of the body.
        headers: what they are declared as.
    """

    kind: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _JSON)


def hostile_bodies(fitting: object, n: int, seed: int) -> Iterator[HostileBody]:
    """So many bodies, every kind in turn; the same seed gives the same ones.

    Args:
        fitting: a document that a route takes.
        n: how many.
        seed: of the generator.
    """
    dice = random.Random(seed)  # noqa: S311  (no secret)
    marked = _marked(fitting)
    kinds = list(KINDS.items())
    for i in range(n):
        kind, make = kinds[i % len(kinds)]
        made = make(dice, marked)
        if isinstance(made, tuple):
            yield HostileBody(kind, made[0], made[1])
        else:
            yield HostileBody(kind, made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made)


def _marked(value: object) -> Any:  # noqa: ANN401  (any JSON)
    """The same with the secret in whatever may be any text, so that the document still fits."""
    if isinstance(value, dict):
        return {
            name: f"{inner} {SECRET}" if name in _ANY_TEXT and isinstance(inner, str) else _marked(inner)
            for name, inner in value.items()
        }
    return [_marked(inner) for inner in value] if isinstance(value, list) else value


_Made = str | bytes | tuple[bytes, Mapping[str, str]]
_Dice = random.Random
_SCALARS: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 10**18, "", SECRET, [], {}, [[]], [None], {"": ""}, [SECRET],
    {f"{SECRET} said": SECRET},
)  # fmt: skip


def _deep(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    depth = dice.choice([65, 100, 500, 1_000, 5_000, 100_000])
    opening, closing = dice.choice([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), ('{"attributes":[', "]}")])
    inner = json.dumps(SECRET)
    whole = opening * depth + inner + (closing * depth if dice.random() < 0.7 else "")
    return whole if dice.random() < 0.5 or not isinstance(marked, dict) else _with_field(dice, marked, whole)


def _with_field(dice: _Dice, marked: dict[str, Any], raw: str) -> str:
    """The document with raw text as the value of one of its fields."""
    name = dice.choice([*marked, "attributes", "more"])
    others = {other: value for other, value in marked.items() if other != name}
    rest = json.dumps(others)[1:-1]
    return "{" + (rest + "," if rest else "") + json.dumps(name) + ":" + raw + "}"


def _large(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    text = json.dumps(SECRET * dice.choice([2_000, 20_000, 300_000]))
    return _with_field(dice, marked, text) if isinstance(marked, dict) else text


def _too_large(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401, ARG001
    return b'{"body": "' + b"x" * 3_000_000 + SECRET.encode() + b'"}'


def _many(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    raw = dice.choice(
        [
            "[" + ",".join(["[]"] * 300_000) + "]",
            "[" + ",".join(["0"] * 600_000) + "]",
            "[" + ",".join(['""'] * 600_000) + "]",
            "{" + ",".join(f'"{n}":{{}}' for n in range(110_000)) + "}",
            json.dumps({f"{n}": SECRET for n in range(600)}),
            json.dumps([{"subject": SECRET}] * 1_001),
        ]
    )
    return _with_field(dice, marked, raw) if isinstance(marked, dict) and dice.random() < 0.7 else raw


def _number(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    raw = dice.choice(
        ["9" * 5_000, "9" * 400_000, "-" + "1" * 5_000, "1e999", "-1e999", "1e-999", "1E+400000", "0." + "3" * 100_000,
         "9007199254740993", "-0", "-0.0", "1e5", "123456789012345678901234567890"]
    )  # fmt: skip
    return _with_field(dice, marked, raw) if isinstance(marked, dict) else raw


def _no_number(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    raw = dice.choice(["NaN", "Infinity", "-Infinity", "nan", "+1", "01", "1.", ".5", "0x1F", "1_000", "- 1", "1e"])
    return _with_field(dice, marked, raw) if isinstance(marked, dict) else raw


def _twice(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    if not isinstance(marked, dict) or not marked:
        return '{"a": 1, "a": 2}'
    name = dice.choice(list(marked))
    again = json.dumps({name: dice.choice(_SCALARS)})
    return json.dumps(marked)[:-1] + "," + again[1:]


def _wrong_type(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    if not isinstance(marked, dict) or not marked:
        return json.dumps(dice.choice(_SCALARS))
    changed = dict(marked)
    for name in dice.sample(list(changed), dice.randint(1, len(changed))):
        changed[name] = dice.choice(_SCALARS)
    return json.dumps(changed)


def _no_object(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    return json.dumps(dice.choice([[marked], [], SECRET, 7, None, True, json.dumps(marked), [[marked]]]))


def _cut_off(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    whole = json.dumps(marked, ensure_ascii=False).encode()
    return whole[: dice.randrange(1, max(len(whole), 2))]


def _flipped(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    spoilt = bytearray(json.dumps(marked).encode())
    for _ in range(dice.randint(1, 4)):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt)


def _binary(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401, ARG001
    beginnings = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"\x1f\x8b\x08\x00",
        b"\x00\x00\x00\x00",
        b"\xff\xfe",
    ]
    return dice.choice(beginnings) + dice.randbytes(dice.choice([1, 16, 1_000, 50_000]))


def _encoding(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    text = json.dumps(marked, ensure_ascii=False)[:-1] + ', "müde": "ñ“”€"}'
    name = dice.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-7", "cp037"])
    charset = dice.choice(["", "; charset=utf-8", f"; charset={name}", "; charset=none-such", "; charset="])
    return text.encode(name, "replace"), {"content-type": "application/json" + charset}


def _bad_utf8(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    bad = dice.choice(
        [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82"]
    )
    whole = json.dumps(marked).encode()
    at = dice.randrange(len(whole))
    return whole[:at] + bad + whole[at:]


def _surrogate(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    raw = dice.choice(
        [r'"\ud800"', r'"a\udfffb"', r'"\udc00\ud800"', r'{"\ud800": "x"}', r'{"x": "\udbff"}', r'["\ud800"]']
    )
    return _with_field(dice, marked, raw) if isinstance(marked, dict) else raw


def _characters(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    odd = [
        "\x00",
        "\u202e",
        "\ufeff",
        "\ufffe",
        "\U0010ffff",
        "\u2028",
        "\x7f",
        "\x85",
        "a\u0300" * 500,
        "\u200b",
        "ﷺ" * 50,
    ]
    raw = json.dumps(dice.choice(odd) + SECRET, ensure_ascii=dice.random() < 0.5)
    return _with_field(dice, marked, raw) if isinstance(marked, dict) else raw


def _empty(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401, ARG001
    return dice.choice([b"", b" ", b"\n\n", b"\xef\xbb\xbf", b"\x00", b" " * 500_000, b"\t\r\n"])


def _more_fields(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    names = [
        "__proto__",
        "__class__",
        "constructor",
        "$where",
        "",
        f"{SECRET} said",
        "a" * 5_000,
        "../..",
        "<script>",
        "\x00",
        "id\n",
    ]
    return json.dumps({**(marked if isinstance(marked, dict) else {}), dice.choice(names): dice.choice(_SCALARS)})


def _compressed(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    bomb = gzip.compress(b'{"body": "' + b"\0" * 5_000_000 + b'"}', mtime=0)
    content = bomb if dice.random() < 0.3 else gzip.compress(json.dumps(marked).encode(), mtime=0)
    named = dice.choice(["gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "GZIP", "none-such"])
    return content, {**_JSON, "content-encoding": named} if dice.random() < 0.8 else _JSON


def _other_kind(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    return dice.choice(
        [
            (f"subject={SECRET}&body=x".encode(), {"content-type": "application/x-www-form-urlencoded"}),
            (b"a=1&" * 20_000, {"content-type": "application/x-www-form-urlencoded"}),
            (
                f'--b\r\ncontent-disposition: form-data; name="subject"\r\n\r\n{SECRET}\r\n--b--\r\n'.encode(),
                {"content-type": "multipart/form-data; boundary=b"},
            ),
            (f"--b\r\n{SECRET}".encode(), {"content-type": "multipart/form-data; boundary=b"}),
            (SECRET.encode(), {"content-type": "multipart/form-data"}),
            (f"<a>{SECRET}</a>".encode(), {"content-type": "application/xml"}),
            (b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>', _JSON),
            (json.dumps(marked).encode(), {"content-type": "text/plain"}),
            (json.dumps(marked).encode(), {"content-type": f"a {SECRET}; x"}),
            (json.dumps(marked).encode(), {}),
            (f"subject: {SECRET}\nbody: !!python/object/apply:os.system ['id']".encode(), _JSON),
            (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.", _JSON),
        ]
    )


def _nearly_json(dice: _Dice, marked: Any) -> _Made:  # noqa: ANN401
    whole = json.dumps(marked)
    return dice.choice(
        [
            whole[:-1] + ",}", whole.replace('"', "'"), whole + whole, whole + "\n" + whole, "// x\n" + whole,
            str(marked),
            "callback(" + whole + ")", ")]}',\n" + whole, whole.replace(":", "="), whole.replace('"', '\\"'),
            "{" + whole + "}", whole[:-1], whole[1:], whole.replace(" ", "\n\t"), whole.replace(" ", "\x0b"),
        ]
    )  # fmt: skip


KINDS: Mapping[str, Callable[[_Dice, Any], _Made]] = {
    "deep": _deep,
    "large": _large,
    "too large": _too_large,
    "many": _many,
    "number": _number,
    "no number": _no_number,
    "twice": _twice,
    "wrong type": _wrong_type,
    "no object": _no_object,
    "cut off": _cut_off,
    "flipped": _flipped,
    "binary": _binary,
    "encoding": _encoding,
    "bad UTF-8": _bad_utf8,
    "surrogate": _surrogate,
    "characters": _characters,
    "empty": _empty,
    "more fields": _more_fields,
    "compressed": _compressed,
    "other kind": _other_kind,
    "nearly JSON": _nearly_json,
}
"""What makes each kind."""
