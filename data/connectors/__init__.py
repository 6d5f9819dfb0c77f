"""Connectors to ticketing systems, one module each. A new one is a module and a line in `CONNECTORS`.

A connector speaks its system's language in both directions and decides nothing; `connector.py` says what it does.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from data.connectors.connector import Connector, Options
from data.connectors.freshservice import Freshservice
from data.connectors.generic import Generic
from data.connectors.glpi import Glpi
from data.connectors.jira import Jira
from data.connectors.rt import RequestTracker
from data.connectors.servicenow import ServiceNow
from data.connectors.zammad import Zammad
from data.connectors.zendesk import Zendesk

__all__ = ["CONNECTORS"]

CONNECTORS: Mapping[str, Callable[[Options], Connector]] = MappingProxyType(
    {
        "zendesk": Zendesk,
        "jira": Jira,
        "servicenow": ServiceNow,
        "freshservice": Freshservice,
        "zammad": Zammad,
        "glpi": Glpi,
        "rt": RequestTracker,
        "generic": Generic,
    }
)
"""The systems there are, by the names of their presets."""
