"""The page on a training."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.builders import make_measures
from training.experiment import Experiment
from training.experiment_report import report_training
from training.reports.report import Report, _matrix, write_report
from triage.errors import InvalidInput
from triage.policy import NEVER

VOID = {"meta", "path", "use", "rect"}


class Reader(HTMLParser):
    """Reads a page as a browser does: its text, its ids, and whether what opens is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what opens."""
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What opens and closes at once."""
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        """What closes must be what opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text that a person sees."""
        if self.open and self.open[-1] != "style":
            self.text += data


def read(path: Path) -> Reader:
    """The page as read."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def make_report(labels: tuple[str, ...] = ("Network", "Messaging", "Hardware")) -> Report:
    """A page on one target."""
    return Report(
        title="A desk", lead="Unseen tickets.", details={"Source": "desk.csv"}, measures={"g": make_measures(labels)}
    )


def test_a_training_s_page_holds_every_part(experiment: Experiment, tmp_path: Path) -> None:
    """What a lead decides by: how good, how sure, against what, by label, and what more tickets would bring."""
    write_report(tmp_path / "page.html", report_training(experiment, "desk.csv"))

    page = read(tmp_path / "page.html")
    for part in (
        "What was learned from desk.csv", "assignment_group", "ticket_type", "95 % interval", "always the commonest",
        "TF-IDF + LinearSVC", "random split (flatters)", "How many tickets can it take over?", "Would more tickets",
        "Label by label", "Network", "forward at", "scikit-learn",
    ):  # fmt: skip
        assert part in page.text.replace("\N{NO-BREAK SPACE}", " "), part
    assert page.tags.count("svg") == 6
    assert page.text.count("How to read it.") == page.text.count("What it says.") == 6


def test_the_same_training_gives_the_same_bytes(experiment: Experiment, tmp_path: Path) -> None:
    """A changed report means that something changed."""
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, report_training(experiment, "desk.csv"))

    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_page_needs_nothing_else(experiment: Experiment, tmp_path: Path) -> None:
    """It is mailed around and opened where there is no network."""
    write_report(tmp_path / "page.html", report_training(experiment, "desk.csv"))

    html, page = (tmp_path / "page.html").read_text(), read(tmp_path / "page.html")

    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert len(page.ids) == len(set(page.ids))
    assert set(re.findall(r'(?:href|labelledby)="#?([^"]+)"', html)) <= set(page.ids)
    assert len(html) < 150_000


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", "$x^{2", "a\"onclick='x", "网络组", "{{ 7*7 }}", "\ud800"]
)
def test_a_hostile_label_is_shown_and_does_nothing(label: str, tmp_path: Path) -> None:
    """Labels are whatever somebody typed into a ticketing system."""
    report = replace(make_report((label, "Hardware")), title=label, findings=[dict.fromkeys(FINDING, label)])

    write_report(tmp_path / "page.html", report)

    page = read(tmp_path / "page.html")
    assert label.encode("utf-8", "replace").decode() in page.text
    assert "script" not in page.tags


FINDING = {
    "kind": "leak", "target": "g", "severity": "high", "sentence": "The word fixed tells.", "effect": "0.9 becomes 0.8",
    "advice": "Drop it.",
}  # fmt: skip


def test_findings_and_cleaning_are_told(tmp_path: Path) -> None:
    """A good figure on bad data is a bad figure."""
    report = replace(make_report(), findings=[FINDING], cleaning=["Three repeats were left out."])

    write_report(tmp_path / "page.html", report)

    page = read(tmp_path / "page.html")
    assert all(said in page.text for said in ("The word fixed tells.", "Drop it.", "Three repeats were left out."))
    write_report(tmp_path / "page.html", make_report())
    assert "audit" not in read(tmp_path / "page.html").text


def test_many_labels_stay_readable(tmp_path: Path) -> None:
    """Seventy-two rows and columns would be wallpaper; the rarer ones are folded away, none is lost."""
    labels = tuple(f"Group {i:02}" for i in range(72))

    report = make_report(labels)
    write_report(tmp_path / "page.html", report)

    html = (tmp_path / "page.html").read_text()
    assert html.count('<td style="--share') == 21 * 21
    assert "<summary>The other 5" in html
    assert all(f">{label}</th>" in html for label in report.measures["g"].per_class)


def test_the_matrix_counts_every_ticket_once() -> None:
    """Rows add up to the label's tickets, and what is shown as right is right."""
    measures = make_measures(tuple(f"Group {i:02}" for i in range(40)), n=2_000)
    labels = sorted(measures.per_class, key=lambda name: -measures.per_class[name].n)

    rows = _matrix(measures, labels)["rows"]

    assert sum(total for _, total, _ in rows) == measures.n
    assert [total for _, total, _ in rows[:20]] == [measures.per_class[label].n for label in labels[:20]]
    first = measures.per_class[labels[0]]
    assert rows[0][2][0] == (round(first.recall * first.n), pytest.approx(first.recall))


def test_a_label_without_proof_says_what_it_needs(tmp_path: Path) -> None:
    """`not proved` is a dead end, a number of tickets is a plan."""
    report = make_report()
    measures = report.measures["g"]
    per_class = dict(measures.per_class)
    per_class["Network"] = replace(per_class["Network"], threshold=NEVER, standing="withheld", needs=41)
    per_class["Hardware"] = replace(per_class["Hardware"], standing="unproved", needs=7)
    per_class["Messaging"] = replace(per_class["Messaging"], threshold=0.99999, standing="raised")

    write_report(tmp_path / "page.html", replace(report, measures={"g": replace(measures, per_class=per_class)}))

    text = read(tmp_path / "page.html").text
    told = ("never applied", "not proved; 41 more tickets would prove it", "too few; 7 more", "over 0.999", "raised")
    assert all(said in text for said in told)


def test_what_was_left_out_is_named(tmp_path: Path) -> None:
    """A network that is paid for with every ticket has to show what it brings, or that it is gone."""
    said = [
        {"name": "linear", "accuracy": 0.812, "log_loss": 0.5, "is_kept": True},
        {"name": "network", "accuracy": 0.799, "log_loss": 0.6, "is_kept": False},
        {"name": "together", "accuracy": 0.812, "log_loss": 0.49, "is_kept": True},
    ]

    write_report(tmp_path / "page.html", replace(make_report(), base_models={"g": said}))

    text = " ".join(read(tmp_path / "page.html").text.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "linear81.2 %0.500yes" in text
    assert "network79.9 %0.600no" in text
    assert "those kept, together81.2 %0.490" in text


def test_the_table_to_vote_on_is_that_of_the_measures(tmp_path: Path) -> None:
    """A lead chooses by it; another rounding or another row would be another choice."""
    report = make_report()

    write_report(tmp_path / "page.html", report)

    text = read(tmp_path / "page.html").text.replace("\N{NO-BREAK SPACE}", " ")
    for point in report.measures["g"].operating_points:
        assert f"{point.threshold:.4f}" in text
        assert f"{100 * point.wrong.share:.1f} %" in text


@pytest.mark.parametrize(("name", "said"), [("page.pdf", "no page"), ("nowhere/page.html", "There is no folder")])
def test_what_cannot_be_written_is_refused(name: str, said: str, tmp_path: Path) -> None:
    """In a sentence, and nothing is left behind."""
    with pytest.raises(InvalidInput, match=said):
        write_report(tmp_path / name, make_report())

    assert not list(tmp_path.iterdir())
