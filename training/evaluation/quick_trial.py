"""The linear model alone, learned from some tickets and asked about others: what histories and splits are compared by.

A study learns from many parts of one history. Each ticket's terms are counted once for all of them; a part takes its
rows, and from these its own terms and how telling each is, as a training of that part alone would find them.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from training.configs.parameters import TrainingParameters
from training.evaluation.answers import FirstAnswers
from training.features.rows import kept_terms
from training.learning.fit import fit_svc
from training.learning.question import question_of
from triage.errors import UnusableTraining
from triage.features import terms
from triage.targets import Target
from triage.ticket import WorkedTicket

__all__ = ["QuickTrial"]


class QuickTrial:
    """Learns from tickets of a history and answers others of it, as the linear model of `training.learning.fit` would.

    Args:
        tickets: the history. What is learned from and asked about later must be these very objects.
        targets: what is learned and asked.
        parameters: how.

    Raises:
        UnusableTraining: no term is left to learn from.
    """

    def __init__(
        self, tickets: Sequence[WorkedTicket], targets: Sequence[Target], parameters: TrainingParameters
    ) -> None:
        self._tickets = tuple(tickets)  # held, so that no other object gets the identity of one of them
        self._targets = tuple(targets)
        self._parameters = parameters
        self._rows = {id(ticket): row for row, ticket in enumerate(self._tickets)}
        # A term in one ticket of all is in no two of a part: most of all pairs of words are such.
        fewest = min(2, parameters.min_tickets_per_term, len(tickets))
        try:
            self._counts = CountVectorizer(analyzer=terms, min_df=fewest, dtype=np.int32).fit_transform(
                [ticket.filed for ticket in tickets]
            )
        except ValueError as error:
            raise UnusableTraining("No word stands in enough tickets to be learned from.") from error

    def __call__(self, train: Sequence[WorkedTicket], test: Sequence[WorkedTicket]) -> dict[str, FirstAnswers]:
        """For each target the likeliest answers to the tickets that have a label of it.

        Args:
            train: what to learn from.
            test: what to ask about.

        Raises:
            UnusableTraining: a target has fewer than two labels in what is learned from, or no term is left.
        """
        questions = [question_of(train, target) for target in self._targets]
        learned, asked = self._of(train), self._of(test)
        columns = kept_terms(learned, self._parameters)
        tfidf = TfidfTransformer(sublinear_tf=True)
        rows, asked = tfidf.fit_transform(learned[:, columns]), tfidf.transform(asked[:, columns])
        found = {}
        for question in questions:
            svc = fit_svc(rows, question, self._parameters)
            given = [ticket.label(question.target.name) for ticket in test]
            at = np.asarray([i for i, label in enumerate(given) if label is not None], dtype=np.int64)
            answered = svc.predict(asked[at]).tolist() if at.size else []
            found[question.target.name] = FirstAnswers(
                at, tuple(question.labels[i] for i in answered), tuple(label for label in given if label is not None)
            )
        return found

    def _of(self, tickets: Sequence[WorkedTicket]) -> csr_matrix:
        return self._counts[np.asarray([self._rows[id(ticket)] for ticket in tickets], dtype=np.int64)]
