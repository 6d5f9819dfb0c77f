"""Text out of whatever wraps it, and plain texts that are left as they are."""

import json
import time
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_ticket
from triage import markup
from triage.features import terms, text_of
from triage.markup import document_text, is_document, own_subject, own_words, plain_text
from triage.text import MAX_CHARACTERS, normalise, words

SAID = "Hello, the printer on the second floor prints blank pages since the toner was changed. Please help."


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>blank&nbsp;pages</p><p>since &uuml;ber noon</p>", "blank pages since über noon"),
        ("one<br>two<br/>three", "one two three"),
        ("<div>one</div>two<div>three<div>four", "one two three four"),
        ("<table><tr><td>floor</td><td>2</td></tr><tr><td>model<td>X1</table>", "floor 2 model X1"),
        ("<ul><li>paper<li>toner</ul>", "paper toner"),
        ("pa<b>per</b> ja<span style='x'>m</span>", "paper jam"),
        ("<p>a &lt; b &amp;&amp; c</p>", "a < b && c"),
        ("&amp;nbsp;x &#39;y&#39; &#x201c;z", "x 'y' “z"),
        ('<img src="data:image/png;base64,AAAA" alt="Error 809">', "Error 809"),
        ("see ![](data:image/png;base64,AAAABBBB) here", "see here"),
        ("see ![](data:image/png;base64,AAAABBBB) where x =\n3 stands", "see where x = 3 stands"),
        ("see [cid:image001.png@01D9] here", "see here"),
        ("<style>p {margin: 0}</style><script>if (a < b) go()</script><p>text</p>", "text"),
        ("<html><head><title>Mail</title></head><body>text</body></html>", "text"),
        ("<!--[if gte mso 9]><xml><o:P>96</o:P></xml><![endif]--><p>text<o:p></o:p></p>", "text"),
        ('<p>Hello <a href="http://x>link</a> prints blank pages</p>', "Hello link prints blank pages"),
        ("<p>text</p><style>p {margin: 0", "text"),
        ("<p>text</p><!-- never closed", "text never closed"),
        ('<p>text</p><div style="font-', "text"),
        ("<p>in List&lt;String&gt; and <String></p>", "in List<String> and <String>"),
        ("f=C3=BCr alle", "für alle"),
        ('<p class=3D"x">a=\nb</p>', "ab"),
        ("cHJpbnRlciBwcmludHMgYmxhbmsgcGFnZXM=", "printer prints blank pages"),
        ("not working.\\n\\nPlease help", "not working. Please help"),
        ("one_x000D_\ntwo", "one two"),
        ('{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"said"}]}]}', "said"),
    ],
)
def test_what_wraps_a_text_is_no_part_of_it(source: str, said: str) -> None:
    """What a person would see, whatever a system keeps it in."""
    assert plain_text(source).split() == said.split()


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "",
        "a < b and b > c, x<y>z",
        "Map<String, List<A>> fails, vector<int> too",
        "<String> is no element, <https://example.org> neither, nor <ann@example.org>",
        "mode=3D and size=20, timeout=30",
        "error=80070005 code=C000021A",
        "x = y\n======\nz",
        "AT&T and R&D; fish & chips",
        "passwordpassword",
        "Network",
        "dGVzdA==",
        "data: none, see metadata:x",
        "Content-Type: application/json is what the API answers",
        "POST /v1\nContent-Type: application/json\n\n{}",
        r"in C:\new\notes",
        '{"error": 5}',
        "[1, 2, 3]",
        "--\nregards",
        "the <div> on our page is empty",
    ],
)
def test_a_plain_text_is_handed_back_as_it_is(text: str) -> None:
    """Code, paths and comparisons are what tickets are about; the same object costs nothing."""
    assert plain_text(text) is text


PIECES = (
    "<", "<p", ">", "&amp;", "=3D", "=\n", "data:", "\ud800", "\0", "--a\nContent-Type: text/html\n\n",
    "MIME-Version: 1.0\n", "<!--", "]]>", "{", '"', "> ", "From: a\n", "Subject: b\n", "On 1 Ann wrote:\n", "--\n",
    "x\n",
)  # fmt: skip


LEFT_BEHIND = (*PIECES, "\\n", "[cid:a]", "![]()", "_x000D_", "dGVzdCBvZiBpdA==")


@given(st.text() | st.lists(st.sampled_from(LEFT_BEHIND), max_size=3).map("".join))
def test_no_peel_takes_anything_from_a_text_without_a_sign(text: str) -> None:
    """Looking for signs first saves most of the time; a new peel whose sign is not among them would never be asked."""
    assert markup._may_be_wrapped(text) or markup._peeled(text) is text


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_that_somebody_sends_ends_in_an_exception(text: str) -> None:
    """And a text without wrapper has none when it is asked again."""
    plain = plain_text(text)

    assert isinstance(own_words(plain), str)
    assert isinstance(own_subject(plain), str)
    assert plain_text(plain) is plain


HOSTILE = (
    "<", "<div>", "<a ", '<a b="', "<!--", "<p", "</div>", "<script>", "<style>{", "<font a=1>", "<table><tr><td>",
    "<![CDATA[", "&", "&#", "&lt;", "=", "=3D", "=\n", "data:image/png;base64,A", "QUJD\n",
    "--a\nContent-Type: text/plain\n\nx\n", "Content-Type: multipart/mixed; boundary=a\n\n--a\n", '{"a":', "[", "\\n",
    "> x\n", "From: a\nSubject: b\nTo: c\n", "On 1 wrote:\n", "Regards\n", "--\n", "\n", " ", "re: ", "-",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_grows_as_the_text_does(piece: str) -> None:
    """Sixteen times the text takes about sixteen times as long, where a square would be 256 times."""

    def seconds(n: int) -> float:
        text = (piece * n)[:n]
        begun = time.process_time()
        own_words(plain_text(text))
        own_subject(text)
        return time.process_time() - begun

    short, long = min(seconds(4_000) for _ in range(3)), min(seconds(64_000) for _ in range(2))

    assert long < 80 * max(short, 0.001)


def test_half_a_character_in_a_page_is_no_reason_to_answer_nothing() -> None:
    """Systems cut texts at bytes and pairs of code units."""
    assert plain_text("<p>said \ud83d</p>").split()[0] == "said"


def test_parts_within_parts_are_bounded() -> None:
    """A mail of three thousand mails is nobody's; what it takes must not depend on what somebody invents."""
    bomb = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(3_000))
    nested: Any = {"type": "text", "text": "said"}
    for i in range(50_000):
        nested = [nested] if i % 2 else {"type": "paragraph", "content": nested}

    assert isinstance(plain_text(bomb), str)
    assert document_text(nested).strip() == "said"
    assert plain_text("<div>" * 10_000 + "said").strip() == "said"


def test_the_length_is_cut_after_the_wrapper_is_gone() -> None:
    """A mail whose styles or pictures are long says what it says behind them."""
    styles, picture = "p {margin: 0} " * MAX_CHARACTERS, "A" * MAX_CHARACTERS
    body = f'<style>{styles}</style><img src="data:image/png;base64,{picture}"><p>{SAID}</p>'

    assert terms(make_ticket(body=body)) == terms(make_ticket(body=SAID))


def test_of_a_mail_the_plain_text_is_read_and_html_only_without_one() -> None:
    """Both say the same, and twice the words would be twice the weight."""
    head = 'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n'
    plain, page = (
        "--b\nContent-Type: text/plain\n\nplain words\n",
        "--b\nContent-Type: text/html\n\n<p>page words</p>\n",
    )

    assert plain_text(f"{head}{plain}{page}--b--\n").split() == ["plain", "words"]
    assert plain_text(f"{head}{page}--b--\n").split() == ["page", "words"]


def test_attachments_are_not_read_and_what_stands_beside_the_parts_is_kept() -> None:
    """A log in an attachment is no text of the ticket; a sentence before the first part is."""
    text = (
        "My printer is broken.\n--b\nContent-Type: text/plain; charset=latin-1\n"
        "Content-Transfer-Encoding: quoted-printable\n\nseit f=FCnf Uhr\n"
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=x.log\n\nlog\n--b--\nlist footer\n"
    )

    assert plain_text(text).split() == ["My", "printer", "is", "broken.", "seit", "fünf", "Uhr", "list", "footer"]


SAYS = {"type": "text", "text": "a"}


def node(kind: str, *content: dict[str, Any]) -> dict[str, Any]:
    """A node of Atlassian's that holds others."""
    return {"type": kind, "content": list(content)}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (node("doc", node("paragraph", SAYS, {"type": "hardBreak"}, SAYS), node("item", SAYS)), ["a"] * 3),
        (node("paragraph", SAYS, {"type": "mention", "attrs": {"id": "1", "text": "@Ann"}}), ["a", "@Ann"]),
        (node("paragraph", {"type": "emoji", "attrs": {"shortName": ":x:", "text": "🙂"}}), ["🙂"]),
        (node("table", node("tableRow", node("tableCell", SAYS), node("tableCell", SAYS))), ["a", "a"]),
        (node("mediaSingle", {"type": "media", "attrs": {"id": "7", "alt": "Error 809"}}), ["Error", "809"]),
        ([{"type": "paragraph", "children": [{"text": "slate "}, {"text": "bold", "bold": True}]}], ["slate", "bold"]),
        ({"ops": [{"insert": "quill\n"}, {"insert": {"image": "data:image/png;base64,AA"}}]}, ["quill"]),
        ({"root": {"children": [{"type": "paragraph", "children": [{"text": "lexical"}]}]}}, ["lexical"]),
        ({"type": "doc", "content": []}, []),
        ({"name": "Ann"}, []),
        ([], []),
        ("<p>page</p>", ["page"]),
    ],
)  # fmt: skip
def test_a_document_says_what_its_nodes_say(document: Any, said: list[str]) -> None:  # noqa: ANN401 - any JSON
    """Interfaces send rich text as trees; a body that is empty for them is a ticket without its text."""
    assert document_text(document).split() == said


def test_a_record_is_no_document() -> None:
    """A person or a status is an object, too."""
    assert not any(
        map(
            is_document,
            [
                {"name": "High"},
                {"accountId": "5b0", "displayName": "Ann"},
                [{"id": "1", "name": "x"}],
                [],
                None,
                "x",
                {"type": "user", "id": 5},
            ],
        )
    )
    assert is_document({"type": "doc", "version": 1, "content": []})


HEADERS = "From: Desk\nSent: Monday\nTo: Ann\nSubject: Password\n\n"
OLD = "Please reset your password in the VPN client."


@pytest.mark.parametrize(
    "around",
    [
        f"\n\n{HEADERS}{OLD}",
        f"\n\n-----Original Message-----\n{HEADERS}{OLD}",
        f"\n\n________________________________\n{HEADERS}{OLD}",
        f"\n\nVon: Desk\nGesendet: Montag\nAn: Ann\nBetreff: Passwort\n\n{OLD}",
        f"\n\nDe : Desk\nEnvoyé : lundi\nÀ : Ann\nObjet : mot de passe\n\n{OLD}",
        f"\n\n*From:* Desk <d@example.org>\n*Date:* Monday\n*Subject:* Password\n\n{OLD}",
        f"\n\nOn Mon, 3 Mar 2025 at 10:00, Desk <desk@example.org> wrote:\n\n> {OLD}\n> {OLD}",
        f"\n\nOn Mon, 3 Mar 2025 at 10:00, Desk\n<desk@example.org> wrote:\n\n> {OLD}",
        f"\n\nAm 03.03.2025 um 10:00 schrieb Desk:\n\n{OLD}",
        f"\n\nLe lun. 3 mars 2025 à 10:00, Desk <d@example.org> a écrit :\n\n{OLD}",
        f"\n\nEl lun, 3 mar 2025 a las 10:00, Desk (<d@example.org>) escribió:\n\n{OLD}",
        f"\n\nEm seg., 3 de mar. de 2025 às 10:00, Desk <d@example.org> escreveu:\n\n{OLD}",
        f"\n\n> {OLD}\n>\n> {OLD}",
        "\n\n-- \nAnn Lee\nVPN and password team",
        "\n\nBest regards\nAnn Lee\nHR Network and VPN laptop password team | Tel +49 30 123456",
        "\n\nMit freundlichen Grüßen\nAnn Lee\nPasswort",
        "\n\nCordialement,\nAnn Lee",
        "\n\nThanks,\nAnn\n\nSent from my iPhone",
        "\n\nAtenciosamente,\nAnn",
        "\n\nThis e-mail and any attachments are confidential. If you are not the recipient,\ndelete the password.",
    ],
)  # fmt: skip
def test_what_is_quoted_or_signed_is_not_the_senders(around: str) -> None:
    """A signature that names teams, and an old answer about passwords, outweigh three lines about a printer."""
    assert own_words(SAID + around).strip() == SAID


def test_an_answer_below_the_quoted_mail_is_found() -> None:
    """Some write below, and between."""
    text = f"On 3 Mar 2025 Desk <d@example.org> wrote:\n> {OLD}\n\n{SAID}"

    assert SAID in own_words(text)


@pytest.mark.parametrize(
    "own", ["FYI", "Hi team,\n\nplease see below.", "Bitte siehe unten, danke", "", "FYI\n\nBest regards\nBo"]
)
def test_a_problem_that_is_passed_on_stays(own: str) -> None:
    """The second line of a desk gets half its work so."""
    passed_on = f"From: Ann\nSent: Monday\nTo: Bo\nSubject: Blank pages\n\n{SAID}\n\nBest regards\nAnn"
    text = f"{own}\n\n{passed_on}\n\n{HEADERS}{OLD}"

    kept = own_words(text)

    assert SAID in kept
    assert OLD not in kept


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        f"{SAID}\nsecond line",
        "From: Berlin\nTo: Paris\nDate: 3 May\nplease book",
        ">>> import numpy\n>>> numpy.zeros(3)\nfails with error",
        "Steps:\n- open the page\n- wait\nthe log says:\nconnection closed",
        "It fails.\nThanks to the update it also beeps\nand nobody knows why",
        "> Settings\nis where it is",
        "Regards the printer on floor two:\nit is dead",
        "Kind regards\nAnn",
    ],
)
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    """A lost sentence is worse than a signature too many."""
    assert own_words(text) is text


def test_what_is_added_below_a_signature_is_kept() -> None:
    """Whoever forgets half says it in a postscript."""
    assert own_words(f"{SAID}\n\nBest regards\nAnn\n\nPS: it beeps").split() == f"{SAID} PS: it beeps".split()


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        ("RE: Problem", "Problem"),
        ("AW: FW: [EXT] x", "x"),
        ("Re[2]: x", "x"),
        ("Printer: jam", "Printer: jam"),
        ("re", "re"),
        ("rethink: x", "rethink: x"),
    ],
)
def test_a_subject_is_without_what_mail_programs_put_before_it(subject: str, own: str) -> None:
    """An answer is about what the question was about."""
    assert own_subject(subject) == own


def test_the_plain_wrapped_and_answered_ticket_are_one() -> None:
    """The five tickets that a desk sent: plain, styled, behind a picture, as a part of a mail, with a mail below."""
    part = (
        "This is a message in Mime Format.  If you see this, your mail reader does not support this format.\n"
        "--=_d62be53cb1f7\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        "SGVsbG8sIHRoZSBwcmludGVyIG9uIHRoZSBzZWNvbmQgZmxvb3IgcHJpbnRzIGJsYW5rIHBhZ2Vz\n"
        "IHNpbmNlIHRoZSB0b25lciB3YXMgY2hhbmdlZC4gUGxlYXNlIGhlbHAu\n--=_d62be53cb1f7--\n"
    )
    styled = (
        '<div style="font-family: -apple-system, BlinkMacSystemFont, Segoe UI, Roboto, sans-serif; font-size: 14px; ">'
        "<div>Hello, the printer on the second floor prints blank pages since the toner was changed.</div>"
        "<div>Please help.</div></div>"
    )
    picture = "".join(
        chain('<div><img src="data:image/png;base64,', repeat("zQcs2L5v", 8_000), '"></div><div>', SAID, "</div>")
    )
    answered = (
        f"{SAID}\n\nBest regards\nAnn Lee\nHR Network and VPN laptop password team | Tel +49 30 123456\n\n"
        f"{HEADERS}{OLD} Invoice SAP laptop."
    )

    for subject, body in [("Problem", styled), ("Problem", picture), ("Problem", part), ("RE: Problem", answered)]:
        assert words(text_of(make_ticket(subject=subject, body=body))) == words(normalise(f"Problem\n{SAID}"))


def test_a_document_may_be_written_as_json_within_a_page() -> None:
    """Systems call each other through systems."""
    document = json.dumps(
        {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": SAID}]}]}
    )

    assert plain_text("<p>" + document.replace('"', "&quot;") + "</p>").strip() == SAID
