"""Words that everybody writes and that are names at some desks, too: only their spelling tells which is meant.

German and English, as products are named with: a further one is a word here, in lower case and without accents.
"""

__all__ = ["ORDINARY_WORDS"]

_WORDS = """
able about abteilung access account accounting accounts active admin agent agents aktion alert alerts all alle
anfrage anfragen anlage anlagen anmeldung anruf answer antrag app apps arbeit arbeitszeit archiv archive area art
article articles asset assets audit auftraege auftrag ausgabe auskunft ausweis back backup bank base benefits
bericht berichte beschaffung bestellung bestellungen betrieb bewerbung bild bildschirm billing board book booking
bookings box branch bridge brief browser buchhaltung buchung budget buero build building business cable calendar
call calls camera canvas care case cases catalog catalogue central change changes channel chat check checking
checkout circle class classroom client clock cloud code common concept concur connect console contact contacts
content contract contracts control core corporate course customer customers daily dash data database daten datenbank
desk desktop device devices dienst dienste digital directory display dock docs document documents dokument dokumente
door drive drives drucken drucker edge education eingang einkauf email employee energie energy engine enterprise
equipment error event events exchange expense expenses express extra facilities facility factory fahrzeug fast field
file files filiale finance finanzen firma fleet flow focus folder folders form forms formular formulare forward
freigabe front fuehrung gateway gebaeude general geraet geraete global grid group groups guest halle handel hardware
haus heizung help helpdesk hilfe home hub human identity image impact incident inside insight insights intern
internal internet invoice invoices issue kalender kantine karte karten kasse key keyboard klima kommunikation konten
konto kopierer kunde kunden label labels lager laptop laptops learning lernen library licence licences license
licenses lieferant lieferung line link links list live lizenz lizenzen local login logistics logistik loop mail main
maintenance manager map maps marketing master meet meeting meetings meldung memo message messages miete mitarbeiter
mobile model monitor monitors motion mouse move my nachricht nachrichten network networks netz netzwerk news next
note notebook notes now office one online open orange order ordering orders ordner organisation page pages partner
password payroll people performance permission permissions personal phone phones plan planner plans planung platform
play plus point policy pool port portal post power presence present print printer printers printing process product
production produkt produktion profile project projects projekt projekte proxy pruefung public pulse purchase quality
query quick raeume raum reach ready rechnung rechnungen recht rechte record recording recruiting reise reisen remote
report reporting reports request requests research reservation resource resources review right rights room rooms
route router safe sales scan scanner scanners scanning schedule schein schluessel schulung scope screen search
secure security server servers service services share shared shift sicherheit sign signal site sites slate smart
snow software source space spark spirit sprache spring stage start station status stelle steuer stock storage store
stream strom studio suite sun supplier supply support survey switch system systems table tables tablet tafel task
tasks team teams telefon telefone termin terminal termine test time timesheet token tool tools track tracker traffic
training transfer transport travel trust two union update urlaub user users vault verein verkauf vertraege vertrag
vertrieb verwaltung video view vision visit voice warehouse wartung watch water wave web welle wiki window windows
wireless wissen word words work worker workplace works workshop world yard your zeit zeiterfassung zentrale ziel
zone zoom zugang zugriff zutritt
"""

ORDINARY_WORDS = frozenset(_WORDS.split())
"""As folded by `triage.gazetteer` but for their endings: `ä` is `ae`."""
