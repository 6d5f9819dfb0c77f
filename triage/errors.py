"""Everything that can go wrong, as one tree; a branch says what the caller can do about it.

    TriageError
    ├── InvalidInput            mend what you sent and send it again
    │   ├── UnusableFile          an export that cannot be read, or of which most rows are unusable
    │   ├── UnusablePlaybook      a desk's playbook that cannot be read or does not fit its form
    │   ├── UnusablePreset        a preset or `--map` that does not fit its form
    │   ├── UnusableServices      a desk's list of services and devices that cannot be read or does not fit its form
    │   ├── UnusableSources       a file of sources that does not fit its form, or a secret that it names and nobody set
    │   └── UnusableTraining      too little or too uniform history to learn a target from
    ├── NotFound                nothing by that name; the message lists what there is
    ├── NotAllowed              no key, a wrong one, or one without the scope
    ├── Conflict                it was done already, otherwise
    ├── Outdated                something newer is there than what you saw; look at it, then decide again
    ├── PromotionRefused        a model is worse than the one that serves; overrule the gate or leave it
    ├── GateUnavailable         where this serves, no gate can compare versions; promote by command line elsewhere
    ├── Overloaded              too much is asked at once; ask again in a moment
    ├── ModelUnusable           no model may answer
    │   ├── NoModel               nothing was promoted yet
    │   ├── BundleFileMissing     a file that the manifest names is not there
    │   ├── BundleAltered         a file differs from its hash in the manifest
    │   ├── BundleTooNew          written by a later format than this program reads
    │   ├── BundleMalformed       manifest or arrays do not fit together
    │   ├── BundleNotFinite       a weight is NaN or infinite
    │   ├── BundleWrongAnswers    the golden answers are not reproduced
    │   ├── EncoderMissing        the sentence encoder that it asks is not on this machine, or is another one
    │   └── PolicyUnusable        what a desk has set for a version does not fit it
    └── StoreUnusable           the database, or the store of runs, cannot be reached or is of another version

Add a leaf below the branch whose advice to the caller is right; `api/errors.py` maps branches, so a leaf needs no
line there.
"""

__all__ = [
    "BundleAltered",
    "BundleFileMissing",
    "BundleMalformed",
    "BundleNotFinite",
    "BundleTooNew",
    "BundleWrongAnswers",
    "Conflict",
    "EncoderMissing",
    "GateUnavailable",
    "InvalidInput",
    "ModelUnusable",
    "NoModel",
    "NotAllowed",
    "NotFound",
    "Outdated",
    "Overloaded",
    "PolicyUnusable",
    "PromotionRefused",
    "StoreUnusable",
    "TriageError",
    "UnusableFile",
    "UnusablePlaybook",
    "UnusablePreset",
    "UnusableServices",
    "UnusableSources",
    "UnusableTraining",
]


class TriageError(Exception):
    """Anything that triage refuses; its text is one sentence for the person who asked."""


class InvalidInput(TriageError):
    """What was sent cannot be used as it is."""


class UnusableFile(InvalidInput):
    """An export that cannot be read, or of which most rows are unusable."""


class UnusablePlaybook(InvalidInput):
    """A desk's playbook that cannot be read or does not fit its form."""


class UnusablePreset(InvalidInput):
    """A preset, or a `--map` on top of it, that does not fit its form."""


class UnusableServices(InvalidInput):
    """A desk's list of services and devices that cannot be read or does not fit its form."""


class UnusableSources(InvalidInput):
    """A file of sources that does not fit its form, or a secret that it names and nobody set."""


class UnusableTraining(InvalidInput):
    """Too little or too uniform history to learn a target from."""


class NotFound(TriageError):
    """Nothing by that name; the message lists what there is."""


class NotAllowed(TriageError):
    """No key, a wrong one, or one without the scope."""


class Conflict(TriageError):
    """The same thing was asked before, with other content."""


class Outdated(TriageError):
    """Something newer is there than what somebody has seen who decides on it.

    Attributes:
        newer: what it is, by the names that an answer has for it.
    """

    def __init__(self, sentence: str, *, newer: dict[str, object]) -> None:
        super().__init__(sentence)
        self.newer = newer


class PromotionRefused(TriageError):
    """A model is worse than the one that serves, or nothing shows that it is not.

    Attributes:
        champion: the version that goes on serving.
        objections: what the gate has against the other, a sentence each.
        rules: the names of its rules that object.
    """

    def __init__(self, sentence: str, *, champion: str, objections: tuple[str, ...], rules: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.champion = champion
        self.objections = objections
        self.rules = rules


class GateUnavailable(TriageError):
    """Nothing here can compare two versions, so none that has not served before may serve."""


class Overloaded(TriageError):
    """More is asked than can wait; nothing was done, so it may be asked again."""


class ModelUnusable(TriageError):
    """No model may answer."""


class NoModel(ModelUnusable):
    """Nothing was promoted yet."""


class BundleFileMissing(ModelUnusable):
    """A file that the manifest names is not there."""


class BundleAltered(ModelUnusable):
    """A file differs from its hash in the manifest."""


class BundleTooNew(ModelUnusable):
    """Written by a later format than this program reads."""


class BundleMalformed(ModelUnusable):
    """Manifest or arrays do not fit together."""


class BundleNotFinite(ModelUnusable):
    """A weight is NaN or infinite."""


class BundleWrongAnswers(ModelUnusable):
    """The golden answers are not reproduced."""


class EncoderMissing(ModelUnusable):
    """The sentence encoder that the model asks is not on this machine, or is another one."""


class PolicyUnusable(ModelUnusable):
    """What a desk has set for a version does not fit it."""


class StoreUnusable(TriageError):
    """The database, or the store of runs, cannot be reached, or its tables are of another version."""
