"""A body that is no JSON is answered with what is wrong, where, and how to mend it."""

import json

import pytest
from starlette.testclient import TestClient

from api.malformed import no_json, not_read

JSON = {"Content-Type": "application/json"}
SECRET = "hunter2"  # noqa: S105  (a ticket's words)

FRAMEWORK = ("error parsing", "at at", "JSON decode error", "Expecting", "delimiter", "codec", "Input should")
"""Words of parser and framework; a person who integrates a help desk has no use for them."""


def refused(client: TestClient, content: str | bytes, path: str = "/v1/score", status: int = 400) -> str:
    """The sentence that a body is answered with."""
    answer = client.post(path, content=content, headers=JSON)
    assert answer.status_code == status
    assert SECRET not in answer.text
    assert not [word for word in FRAMEWORK if word in answer.text]
    problem = answer.json()
    return str(problem["errors"][0]["detail"] if "errors" in problem else problem["detail"])


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"subject": "<p>1</p>\n<p>hunter2</p>"}',
            "a line break stands inside a text at line 1, column 22; there it is written \\n.",
        ),
        (
            '{"id": "1",\n "body": "hunter2\r\n"}',
            "a line break stands inside a text at line 2, column 18; there it is written \\r\\n.",
        ),
        ('{"body": "hunter2\t"}', "a tab stands inside a text at line 1, column 18; there it is written \\t."),
        (
            '{"body": "hunter2\x00"}',
            "a control character stands inside a text at line 1, column 18; there it is written \\u0000.",
        ),
        (
            '{"body": "C:\\hunter2"}',
            "a backslash inside a text at line 1, column 13 begins nothing known; by itself it is written \\\\.",
        ),
        ('{"body": "\\u12 hunter2"}', "a backslash inside a text at line 1, column"),
        ('{"subject": "hunter2",}', "a comma stands before the closing bracket at line 1, column 23; leave it out."),
        ('{"subject": "hunter2",\n}\n', "a comma stands before the closing bracket at line 2, column 1; leave it out."),
        ('{"tickets": [{},]}', "a comma stands before the closing bracket at line 1, column 17; leave it out."),
        ("{'subject': 'hunter2'}", 'names and texts stand in double quotation marks ("); see line 1, column 2.'),
        ("{\"subject\": 'hunter2'}", 'names and texts stand in double quotation marks ("); see line 1, column 13.'),
        (
            "{“subject”: “hunter2”}",
            'names and texts stand in straight double quotation marks ("); see line 1, column 2.',
        ),
        ('{subject: "hunter2"}', 'a name in double quotation marks (") is expected at line 1, column 2.'),
        (
            '{"body": "say "hunter2" twice"}',
            'a comma is expected at line 1, column 16; a quotation mark inside a text is written \\".',
        ),
        ('{"body": "hunter2" "id": "1"}', "a comma is expected at line 1, column 20"),
        ('{"body" "hunter2"}', "a colon is expected after the name before line 1, column 9."),
        ('{"body": None}', "None stands at line 1, column 10; JSON writes null."),
        ('{"attributes": {"vip": True}}', "True stands at line 1, column 24; JSON writes true."),
        ('{"body": undefined}', "undefined stands at line 1, column 10; JSON writes null."),
        ('{"body": hunter2}', "a value is expected at line 1, column 10; texts stand in double quotation marks."),
        ('{"attributes": {"n": 007}}', "a comma is expected at line 1, column 23; a number has no leading zeros."),
        ('{"body": "x", // hunter2\n"id": "1"}', "JSON has no comments; see line 1, column 15."),
        ('{"id": "1"} {"id": "hunter2"}', "it is over before line 1, column 13, and more follows; one document"),
        ('{"id": "1"}\n{"id": "hunter2"}\n', "it is over before line 2, column 1, and more follows"),
        ('{"body": "hunter2', "the text that begins at line 1, column 10 does not end; its closing"),
        ('{"body": "hunter2"', "it ends too early; it was cut off, or closing brackets are missing."),
        ("{", "it ends too early"),
        ("  \n", "it is empty."),
        ("<ticket>hunter2</ticket>", "HTML or XML was sent; see line 1, column 1."),
        ("subject=hunter2", "nor anything else that JSON knows; perhaps it is a form."),
    ],
)
def test_a_body_that_is_no_json_is_told_where_and_what_to_write(
    client: TestClient, path: str, body: str, said: str
) -> None:
    """Whoever joins texts to JSON by hand finds the place in one look; the text itself stays with its owner.

    Line breaks from mail bodies, paths of Windows, `str(dict)` of Python, commas left over and quotation marks of word
    processors are what people ask about in public.
    """
    sentence = refused(client, body, path)

    assert sentence.startswith("The body is no JSON: ")
    assert said in sentence


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"id": "16", "subject": "Drücker"}'.encode("latin-1"),
            "it is not UTF-8; the first byte that does not fit is 0xFC at byte 28 (line 1, byte 28 of it).",
        ),
        (
            '{"id": "16",\n "subject": "“hunter2”"}'.encode("cp1252"),
            "it is not UTF-8; the first byte that does not fit is 0x93 at byte 27 (line 2, byte 14 of it).",
        ),
        ('{"subject": "Dr\xfc'.encode()[:-1], "it is not UTF-8; the first byte that does not fit is 0xC3 at byte 16"),
        (b"\x1f\x8b\x08\x00hunter2", "it is compressed (gzip); send it as it is."),
        (b'{"n": ' + b"9" * 5_000 + b"}", "a number in it has too many digits; send it as a text."),
        (b"[" * 100_000, "lists and objects stand more than 64 deep in one another."),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why(client: TestClient, body: bytes, said: str) -> None:
    """An export of an old tool in its own code page; the byte is named, and what stands around it is not."""
    sentence = refused(client, body)

    assert sentence.startswith("The body is no JSON")
    assert said in sentence


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_other_systems_write_as_unicode_is_read(client: TestClient, encoding: str) -> None:
    """PowerShell sends a mark of the byte order."""
    answer = client.post("/v1/score", content='{"subject": "VPN läuft nicht"}'.encode(encoding), headers=JSON)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "The body is empty; a JSON object is expected here, sent as application/json."),
        ("null", "A JSON object is expected here, sent as application/json."),
        ("[]", "A JSON object is expected here, sent as application/json."),
        ("7", "A JSON object is expected here, sent as application/json."),
        (json.dumps('{"subject": "hunter2"}'), "a text that holds one was sent: it was encoded twice."),
        ("NaN", "JSON knows neither NaN nor Infinity; leave the field out, or write null."),
    ],
)
def test_json_that_is_no_object_is_told_so(client: TestClient, path: str, body: str, said: str) -> None:
    """An empty body is what a client sends that has forgotten its argument."""
    assert said in refused(client, body, path, 422)


@pytest.mark.parametrize(
    "body", ['{"subject": NaN}', '{"body": Infinity}', '{"attributes": {"n": -Infinity}}', '{"attributes": NaN}']
)
def test_numbers_that_json_does_not_know_are_named(client: TestClient, body: str) -> None:
    """Missing values of a data frame come as NaN, which Python's own reader lets through."""
    sentence = refused(client, body, status=422)

    assert sentence == "JSON knows neither NaN nor Infinity; leave the field out, or write null."


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("text/plain", "the body was sent as text/plain."),
        ("text/plain; charset=utf-8", "the body was sent as text/plain."),
        ("application/x-www-form-urlencoded", "the body was sent as application/x-www-form-urlencoded."),
        ("multipart/form-data; boundary=hunter2", "the body was sent as multipart/form-data."),
        ("hunter2 and all that", "the body was sent with another Content-Type."),
        ("", "the body was sent without one."),
    ],
)
def test_a_body_of_another_kind_is_told_what_it_was_sent_as(client: TestClient, sent: str, said: str) -> None:
    """What curl, requests with `data=` and forms send."""
    answer = client.post("/v1/score", content='{"subject": "hunter2"}', headers={"Content-Type": sent} if sent else {})

    (error,) = answer.json()["errors"]
    assert answer.status_code == 422
    assert error == {
        "pointer": "#",
        "detail": f"A JSON object is expected here, with Content-Type: application/json; {said}",
    }
    assert SECRET not in answer.text


@pytest.mark.parametrize("at", range(12))
def test_a_sentence_is_found_wherever_a_parser_stops(at: int) -> None:
    """Another version of Python stops elsewhere, and calls it otherwise."""
    said = no_json('{"a": "b",]\n', at, "Something new")

    assert said.startswith("The body is no JSON: ")
    assert said.endswith(".")


def test_the_comma_that_later_pythons_point_at_is_the_same_comma() -> None:
    """From 3.13 on the parser stops at the comma, and not behind it."""
    assert no_json('{"a": 1,}', 7, "Illegal trailing comma before end of object") == (
        "The body is no JSON: a comma stands before the closing bracket at line 1, column 8; leave it out."
    )


def test_what_nobody_foresaw_is_one_sentence_all_the_same() -> None:
    """And none of the framework's."""
    assert (
        not_read(None)
        == not_read(OSError("hunter2"))
        == ("The body could not be read; send a JSON object, encoded as UTF-8.")
    )
