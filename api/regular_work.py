"""What goes on beside the requests now and then: counting, looking for what recurs, linking, telling the lead.

Each part is due after a time of its own, and one of all processes does it. A further one is a line here.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from api.desk import Desk
from api.digests import Digests, sending_of
from api.knowledge import KnowledgeKeeping
from api.linking import Linking
from api.measuring import Measuring
from api.problem_finding import ProblemFinding
from api.similar import SimilarTickets
from api.surge_watch import SurgeWatch
from api.tidying import Tidying
from api.work_counting import WorkCounting
from api.workers import Worker
from triage.settings import Settings
from triage.sources import Source

__all__ = ["regular_work"]


def regular_work(
    desk: Callable[[], Desk],
    engine: Engine,
    settings: Settings,
    similar: SimilarTickets,
    sources: Callable[[], Mapping[str, Source]],
    *,
    wake_outbox: Callable[[], None],
) -> tuple[Worker, ...]:
    """The threads that do so.

    Args:
        desk: gives the desk whose database it is.
        engine: of that database.
        settings: of this installation.
        similar: the worked tickets that are looked among.
        sources: the ticketing systems, by the desk's names for them.
        wake_outbox: says that something is to be written to one of them.
    """
    return (
        *Tidying(desk).workers(),
        *similar.workers(),
        *Linking(desk, sources, wake_outbox).workers(),
        *SurgeWatch(desk).workers(),
        *Measuring(desk).workers(),
        *WorkCounting(desk).workers(),
        *ProblemFinding(desk, settings.problem_tickets).workers(),
        *KnowledgeKeeping(desk).workers(),
        *Digests(engine, sending_of(settings)).workers(),
    )
