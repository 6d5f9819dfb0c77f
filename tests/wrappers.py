"""What ticketing systems, mail programs and exports wrap a text in; each takes a text and returns it wrapped."""

import base64
import json
import quopri
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

__all__ = ["WRAPPERS"]

_STYLE = "font-family: -apple-system, BlinkMacSystemFont, Segoe UI, Helvetica Neue, sans-serif; font-size: 14px;"
_IMAGE = "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 120).decode()


def _lines(text: str) -> str:
    return escape(text).replace("\n ", "\n&nbsp;").replace("\n", "<br>")


def styled_div(text: str) -> str:
    """As Freshservice and Zendesk store a comment."""
    return f'<div style="{_STYLE}"><div>{_lines(text)}</div><div><br></div></div>'


def outlook(text: str) -> str:
    """As Outlook writes a mail: a head of styles, conditional comments, elements of Office."""
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8"><title>Print jobs</title>'
        "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></xml><![endif]-->"
        "<style><!-- p.MsoNormal {margin:0cm; font-family:Calibri;} --></style></head><body lang=EN-GB>"
        f'<div class="WordSection1"><p class="MsoNormal"><span style="mso-fareast-language:EN-US">{_lines(text)}'
        '<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p></div></body></html>'
    )


def table(text: str) -> str:
    """As forms are mailed."""
    return f'<table border="0"><tbody><tr><td width="100%">{_lines(text)}</td></tr></tbody></table>'


def half_broken(text: str) -> str:
    """As something cut it off: closing tags without their opening ones, and the other way round."""
    return f'</div></b><p><font color="#1F497D"><b>{_lines(text)}</p></i><div class="foot'


def entities(text: str) -> str:
    """As an export that escapes and is never unescaped."""
    return "".join(c if c.isascii() else f"&#{ord(c)};" for c in escape(text))


def behind_an_image(text: str) -> str:
    """A picture that was pasted stands in the text itself."""
    return f'<div><img src="{_IMAGE}" style="width: 300px"></div><div>{_lines(text)}</div>'


def markdown_image(text: str) -> str:
    """The same in Markdown."""
    return f"![]({_IMAGE})\n{text}"


def quoted_printable(text: str) -> str:
    """As it comes over the wire; its own equals signs tell it, so that a text without any is left as it is."""
    return quopri.encodestring(text.encode()).decode()


def whole_base64(text: str) -> str:
    """As an interface hands on a file."""
    return base64.encodebytes(text.encode()).decode()


def base64_part(text: str) -> str:
    """A part of a mail, without the mail's headers."""
    inside = base64.encodebytes(text.encode()).decode()
    return (
        "This is a message in Mime Format.  If you see this, your mail reader does not support this format.\n"
        "--=_d62be53cb1f7\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        f"{inside}--=_d62be53cb1f7--\n"
    )


def mail(text: str) -> str:
    """A whole mail with its HTML, a picture and an attachment, as a gateway saw it."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Ann <ann@example.org>", "desk@example.org", "Problem"
    message.set_content(text + "\n", cte="base64")
    message.add_alternative(styled_div(text), subtype="html", cte="quoted-printable")
    message.add_attachment(b"PK\x03\x04 something else", maintype="application", subtype="zip", filename="log.zip")
    return message.as_string().replace("\r\n", "\n")


def atlassian(text: str) -> str:
    """Atlassian's document format, written as JSON."""
    nodes: list[dict[str, object]] = []
    for line in text.split("\n"):
        nodes += [{"type": "text", "text": line, "marks": [{"type": "strong"}]}] if line else []
        nodes.append({"type": "hardBreak"})
    return json.dumps({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": nodes}]})


def cdata(text: str) -> str:
    """As a feed of XML hands on HTML."""
    return f"<![CDATA[<p>{_lines(text)}</p>]]>"


WRAPPERS: tuple[Callable[[str], str], ...] = (
    styled_div,
    outlook,
    table,
    half_broken,
    entities,
    behind_an_image,
    markdown_image,
    quoted_printable,
    whole_base64,
    base64_part,
    mail,
    atlassian,
    cdata,
)
"""Each as it is met in the wild."""
