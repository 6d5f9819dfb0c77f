"""Text arrives as somebody's tool wrote it: encodings, artefacts, long bodies."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset

WriteExport = Callable[..., Path]

GENERIC = load_preset("generic")

GERMAN = "Der Drucker im Büro für Übergröße lässt sich nicht öffnen; bitte prüfen, 20 € Gebühr – „dringend“."
FRENCH = "L'écran reste noir après le démarrage, à l'étage où j'ai déjà réessayé; ça bloque tout le département."
POLISH = "Proszę o pomoc, drukarka nie działa, a wyświetlacz pokazuje błąd łączności; żółta dioda świeci się ciągle."
RUSSIAN = "Здравствуйте, не могу войти в почту, пароль не подходит, помогите пожалуйста восстановить доступ."
JAPANESE = "プリンターが動きません。社内ネットワークに接続できないので、至急ご確認をお願いいたします。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", GERMAN),
        ("utf-8-sig", GERMAN),
        ("utf-16", GERMAN),
        ("utf-16-le", GERMAN),
        ("utf-16-be", FRENCH),
        ("utf-32", GERMAN),
        ("cp1252", GERMAN),
        ("latin-1", FRENCH),
        ("cp1250", POLISH),
        ("cp1251", RUSSIAN),
        ("shift_jis", JAPANESE),
    ],
    ids=lambda value: value if value.isascii() else "",
)
def test_an_export_is_read_in_the_encoding_it_was_written_in(
    write_export: WriteExport, encoding: str, text: str
) -> None:
    """Nobody knows which encoding their export has, and a wrong one is wrong in every word that matters."""
    rows = "".join(f"{n}\t{text}\tx\n" for n in range(20))
    path = write_export(("id\tbody\tqueue\n" + rows).encode(encoding))

    tickets, summary = read_tickets(path, GENERIC)

    assert {ticket.filed.body for ticket in tickets} == {text}
    assert not any("\ufffd" in note for note in summary.notes)


def test_one_umlaut_at_the_end_of_a_long_file_decides(write_export: WriteExport) -> None:
    """A sample of the beginning would have called it UTF-8 and lost the umlaut."""
    path = write_export(b"id,body\n" + b"".join(b"%d,plain\n" % n for n in range(200_000)) + b"x,B\xfcro\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert tickets[-1].filed.body == "Büro"
    assert summary.notes == ("The file was read as cp1252.",)


def test_bytes_that_cannot_be_decoded_are_replaced_and_told(write_export: WriteExport) -> None:
    """One broken mail in a UTF-8 export must not turn all its umlauts into cp1252."""
    lines = "".join(f"{n},Büro für Öle\n" for n in range(30)).encode()
    path = write_export(b"id,body\n" + lines + b"x,broken \xff here\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert tickets[0].filed.body == "Büro für Öle"
    assert tickets[-1].filed.body == "broken \ufffd here"
    assert any(note.startswith("1 lines hold characters that could not be read as utf-8") for note in summary.notes)


def test_two_megabytes_of_body_are_read_in_full(write_export: WriteExport) -> None:
    """Someone pastes a log file into a ticket; csv would stop at 131,072 characters by itself."""
    body = "error 809 in line 17\n" * 100_000
    path = write_export(f'id,body\n1,"{body}"\n2,short\n')

    tickets, _ = read_tickets(path, GENERIC)

    assert tickets[0].filed.body == body.strip()
    assert tickets[1].filed.body == "short"


def test_nul_bytes_are_removed_and_told(write_export: WriteExport) -> None:
    """PostgreSQL refuses a text with a NUL byte, long after the import looked fine."""
    path = write_export("id,body,queue\n1,a\0b,q\n2,c,d\0\n3,\0\0,q\n4,e,d\0\n")

    tickets, summary = read_tickets(path, GENERIC)

    assert [(ticket.filed.body, ticket.assignment_group) for ticket in tickets] == [("ab", "q"), ("c", "d"), ("e", "d")]
    assert "NUL bytes were removed from 4 cells." in summary.notes


def test_carriage_returns_that_excel_spelled_out_are_removed(write_export: WriteExport) -> None:
    """`_x000D_` would otherwise be the desk's commonest word."""
    path = write_export('id,body\n1,"hello_x000D_\nworld_x000d_"\n')

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.filed.body == "hello\nworld"


def test_a_backslash_n_is_left_as_it_is(write_export: WriteExport) -> None:
    """It may be a line end that someone escaped, or a Windows path; the text normaliser knows more."""
    path = write_export("id,body\n1,C:\\new\\nline\n")

    [ticket], _ = read_tickets(path, GENERIC)

    assert ticket.filed.body == "C:\\new\\nline"


def test_half_a_character_in_json_is_mended(write_export: WriteExport) -> None:
    """A mail cut in the middle of an emoji cannot be written to any database."""
    path = write_export('{"id": 1, "body": "cut \\ud83d"}\n{"id": 2, "body": "whole \\ud83d\\ude00"}\n', "export.jsonl")

    tickets, summary = read_tickets(path, GENERIC)

    assert [ticket.filed.body for ticket in tickets] == ["cut \ufffd", "whole \U0001f600"]
    assert summary.notes == ("Half characters (lone surrogates) were mended in 1 cells.",)
