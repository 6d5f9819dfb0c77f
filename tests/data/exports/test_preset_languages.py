"""The columns of each system in the languages of its interface, and what its public exports have of their own."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from data.exports.files import read_tickets
from data.exports.preset import load_preset
from triage.ticket import WorkedTicket

WriteExport = Callable[..., Path]

COLUMNS = ("subject", "opened_at", "customer_id", "ticket_type", "assignment_group", "priority")

HEADERS: dict[tuple[str, str], str] = {
    ("glpi", "de"): "Titel|Eröffnungsdatum|Anforderer - Anforderer|Typ|Zugewiesen an - Technikergruppe|Priorität",
    ("glpi", "fr"): "Titre|Date d'ouverture|Demandeur - Demandeur|Type|Attribué à - Groupe de techniciens|Priorité",
    ("glpi", "es"): "Título|Fecha de apertura|Solicitante - Solicitante|Tipo|Asignada a - Grupo de técnicos|Prioridad",
    ("glpi", "pt"): "Título|Data de abertura|Requerente - Requerente|Tipo|Atribuído - Grupo técnico|Prioridade",
    ("servicenow", "de"): "Kurzbeschreibung|Geöffnet|Anrufer|Aufgabentyp|Zuweisungsgruppe|Priorität",
    ("servicenow", "fr"): "Brève description|Ouvert|Appelant|Type de tâche|Groupe d'affectation|Priorité",
    ("servicenow", "es"): "Breve descripción|Abierto|Solicitante|Tipo de tarea|Grupo de asignación|Prioridad",
    ("servicenow", "pt"): "Descrição resumida|Aberto|Chamador|Tipo de tarefa|Grupo de atribuição|Prioridade",
    ("jira", "de"): "Zusammenfassung|Erstellt|Autor|Vorgangstyp|Komponente(n)|Priorität",
    ("jira", "fr"): "Résumé|Création|Rapporteur|Type de ticket|Composants|Priorité",
    ("jira", "es"): "Resumen|Creada|Informador|Tipo de Incidencia|Componentes|Prioridad",
    ("jira", "pt"): "Resumo|Criado|Relator|Tipo de item|Componentes|Prioridade",
    ("zendesk", "de"): "Betreff|Erstellt am|Anfragender|Tickettyp|Gruppe|Priorität",
    ("zendesk", "fr"): "Sujet|Créé le|Demandeur|Type de ticket|Groupe|Priorité",
    ("zendesk", "es"): "Asunto|Creado el|Solicitante|Tipo de ticket|Grupo|Prioridad",
    ("zendesk", "pt"): "Assunto|Criado em|Solicitante|Tipo|Grupo|Prioridade",
    ("freshservice", "de"): "Betreff|Erstellungszeit|Anforderer|Typ|Gruppe|Priorität",
    ("freshservice", "fr"): "Objet|Heure de création|Demandeur|Type|Groupe|Priorité",
    ("freshservice", "es"): "Asunto|Hora de creación|Solicitante|Tipo|Grupo|Prioridad",
    ("freshservice", "pt"): "Assunto|Hora de criação|Solicitante|Tipo|Grupo|Prioridade",
    ("zammad", "de"): "Titel|Erstellt am|Kunde|Typ|Gruppe|Priorität",
    ("zammad", "fr"): "Titre|Créé le|Client|Type|Groupe|Priorité",
    ("zammad", "es"): "Título|Creado el|Cliente|Tipo|Grupo|Prioridad",
    ("zammad", "pt"): "Título|Criado em|Cliente|Tipo|Grupo|Prioridade",
    ("generic", "de"): "Betreff|Erstellt am|Kunde|Typ|Gruppe|Priorität",
    ("generic", "fr"): "Sujet|Date de création|Demandeur|Type|Groupe|Priorité",
    ("generic", "es"): "Asunto|Fecha de creación|Solicitante|Tipo|Grupo|Prioridad",
    ("generic", "pt"): "Assunto|Data de abertura|Solicitante|Tipo|Grupo|Prioridade",
}
REQUESTS = {"de": "Anfrage", "fr": "Demande", "es": "Solicitud", "pt": "Requisição"}


def read_row(write_export: WriteExport, preset: str, row: Mapping[str, Any], kind: str = "csv") -> WorkedTicket:
    """The ticket of one row, by the names and values of its system."""
    text = io.StringIO()
    if kind == "csv":
        writer = csv.DictWriter(text, fieldnames=list(row))
        writer.writeheader()
        writer.writerow(row)
    else:
        json.dump(row, text)
    [ticket], _ = read_tickets(write_export(text.getvalue(), f"export.{kind}"), load_preset(preset))
    return ticket


@pytest.mark.parametrize(("preset", "language"), HEADERS, ids="-".join)
def test_columns_are_known_in_the_languages_of_the_interface(
    write_export: WriteExport, preset: str, language: str
) -> None:
    """An export has the labels of who made it; refused, its desk would have to name every column by hand."""
    header = HEADERS[preset, language].split("|")
    cells = ["VPN", "2026-03-12 09:15", "Ana Lima", REQUESTS[language], "Rede", "2"]

    ticket = read_row(write_export, preset, dict(zip(header, cells, strict=True)))

    assert (ticket.filed.subject, ticket.filed.customer_id, ticket.assignment_group) == ("VPN", "Ana Lima", "Rede")
    assert ticket.filed.opened_at is not None
    assert ticket.ticket_type is not None
    assert ticket.priority is not None


@pytest.mark.parametrize("name", ["TÍTULO", "titulo", "Ti\u0301tulo", " Título  "])
def test_accents_and_their_form_do_not_matter_in_names(write_export: WriteExport, name: str) -> None:
    """A Mac takes accents apart, and many export without them."""
    assert read_row(write_export, "glpi", {"ID": "1", name: "VPN"}).filed.subject == "VPN"


@pytest.mark.parametrize(
    ("word", "ours"),
    [("Sehr hoch", "Very high"), ("Média", "Medium"), ("Muy baja", "Very low"), ("Très haute", "Very high")],
)
def test_words_of_glpi_are_one_in_all_its_languages(write_export: WriteExport, word: str, ours: str) -> None:
    """Two branches in two countries write into one model."""
    assert read_row(write_export, "glpi", {"ID": "1", "Title": "x", "Priority": word}).priority == ours


def opened(ticket: WorkedTicket) -> str:
    """When it was opened, to the minute."""
    return "" if ticket.filed.opened_at is None else f"{ticket.filed.opened_at:%Y-%m-%d %H:%M}"


TRAITS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "zendesk: a moment with Z": (
        "zendesk",
        "json",
        {"id": 1, "subject": "x", "created_at": "2026-03-12T09:15:00Z"},
        {"opened": "2026-03-12 09:15"},
    ),
    "zendesk: one ticket of the API": (
        "zendesk",
        "json",
        {"ticket": {"id": 1, "subject": "x", "requester_id": 9}},
        {"customer_id": "9"},
    ),
    "zendesk: a deleted user": (
        "zendesk",
        "csv",
        {"Id": "1", "Subject": "x", "Requester": "Permanently deleted user"},
        {"customer_id": None},
    ),
    "zendesk: both lists of fields": (
        "zendesk",
        "json",
        {
            "id": 1,
            "subject": "x",
            "custom_fields": [{"id": 7, "value": ["a", "b"]}],
            "fields": [{"id": 7, "value": ["a", "b"]}],
        },
        {"attribute custom_fields.7": "a\nb"},
    ),
    "servicenow: a German list": (
        "servicenow",
        "csv",
        {"Number": "INC1", "Short description": "x", "Opened": "12.03.2026 09:15:00"},
        {"opened": "2026-03-12 09:15"},
    ),
    "servicenow: an American list": (
        "servicenow",
        "csv",
        {"Number": "INC1", "Short description": "x", "Opened": "03/13/2026 09:15:00 PM"},
        {"opened": "2026-03-13 21:15"},
    ),
    "servicenow: one record of the API": (
        "servicenow",
        "json",
        {"result": {"number": "INC1", "short_description": "x"}},
        {"id": "INC1"},
    ),
    "jira: a month's name and AM": (
        "jira",
        "csv",
        {"Issue key": "A-1", "Summary": "x", "Created": "01/Feb/26 9:03 AM"},
        {"opened": "2026-02-01 09:03"},
    ),
    "jira: a French month": (
        "jira",
        "csv",
        {"Clé de ticket": "A-1", "Résumé": "x", "Création": "01/févr./26 9:03 AM"},
        {"opened": "2026-02-01 09:03"},
    ),
    "jira: a user who left": (
        "jira",
        "csv",
        {"Issue key": "A-1", "Summary": "x", "Reporter": "Former user"},
        {"customer_id": None},
    ),
    "freshservice: a weekday before the date": (
        "freshservice",
        "csv",
        {"Ticket Id": "1", "Subject": "x", "Created Time": "Thu, 12 Mar, 2026 09:15 PM"},
        {"opened": "2026-03-12 21:15"},
    ),
    "freshservice: an envelope": (
        "freshservice",
        "json",
        {"tickets": [{"id": 1, "subject": "x", "source": 2}]},
        {"channel": "portal"},
    ),
    "freshservice: fields of one's own": (
        "freshservice",
        "json",
        {"id": 1, "subject": "x", "custom_fields": {"site": "Lyon"}},
        {"attribute custom_fields.site": "Lyon"},
    ),
    "glpi: a date that was never set": (
        "glpi",
        "csv",
        {"ID": "1", "Title": "x", "Opening date": "0000-00-00 00:00:00"},
        {"opened": ""},
    ),
    "glpi: names with line breaks": (
        "glpi",
        "csv",
        {"ID": "1 024", "Title": "x", "Requester": "Lee Ann<br>Park Jo"},
        {"id": "1024", "customer_id": "Lee Ann"},
    ),
    "glpi: a French address": (
        "glpi",
        "csv",
        {"ID": "1", "Titre": "x", "Demandeur": "Lee Ann <Ann.Lee@example.org>"},
        {"customer_id": "Lee Ann <Ann.Lee@example.org>"},
    ),
    "zammad: a moment with its zone": (
        "zammad",
        "csv",
        {"#": "1", "Title": "x", "Created At": "2026-03-12 09:15:00 UTC"},
        {"opened": "2026-03-12 09:15"},
    ),
    "zammad: a German list": (
        "zammad",
        "csv",
        {"#": "1", "Titel": "x", "Erstellt am": "12.03.2026 09:15", "Kunde": "-"},
        {"opened": "2026-03-12 09:15", "customer_id": None},
    ),
    "zammad: a bare array": (
        "zammad",
        "json",
        {"results": [{"id": 1, "title": "x", "group": "Net", "customer_id": 3}]},
        {"customer_id": "3"},
    ),
    "rt: the C library's date": (
        "rt",
        "csv",
        {"id": "1", "Subject": "x", "Created": "Thu Mar 12 09:15:00 2026"},
        {"opened": "2026-03-12 09:15"},
    ),
    "rt: a list of requestors": (
        "rt",
        "json",
        {"id": 1, "Subject": "x", "Requestor": [{"id": "ann"}, {"id": "bo"}]},
        {"customer_id": "ann"},
    ),
    "rt: fields by name": (
        "rt",
        "json",
        {"id": 1, "Subject": "x", "CustomFields": [{"id": "3", "name": "Channel", "values": ["Phone"]}]},
        {"channel": "phone"},
    ),
}


@pytest.mark.parametrize("name", TRAITS)
def test_what_a_system_does_of_its_own_is_read(write_export: WriteExport, name: str) -> None:
    """Each of these stands in public exports of that system."""
    preset, kind, row, expected = TRAITS[name]

    ticket = read_row(write_export, preset, row, kind)

    for what, value in expected.items():
        if what == "opened":
            assert opened(ticket) == value
        elif what.startswith("attribute "):
            assert ticket.attributes[what.removeprefix("attribute ")] == value
        else:
            assert getattr(ticket.filed, what) == value
