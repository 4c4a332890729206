"""Every RPC of Cloud Tasks in words: what of it is served. A test holds this list against the handlers."""

from collections.abc import Mapping
from typing import Final

RPCS: Final[Mapping[str, Mapping[str, str]]] = {
    "google.cloud.tasks.v2.CloudTasks": {
        "CreateQueue": "rates, burst, concurrency, retries; not http_target, not App Engine routing",
        "UpdateQueue": "the same; makes the queue where there is none",
        "GetQueue": "yes",
        "ListQueues": "pages; not filters",
        "DeleteQueue": "unlike the real one, its name can be used again at once",
        "PurgeQueue": "names stay taken for an hour",
        "PauseQueue": "yes",
        "ResumeQueue": "yes",
        "CreateTask": "HTTP, names (taken for an hour after their end), schedule up to 30 days by the virtual clock, "
        "deadline, OIDC token; not App Engine, not OAuth tokens",
        "GetTask": "both views",
        "ListTasks": "pages, both views",
        "DeleteTask": "yes",
        "RunTask": "at once, in a paused queue, too",
        "SetIamPolicy": "kept with etags, never enforced",
        "GetIamPolicy": "yes",
        "TestIamPermissions": "everybody may do everything",
        "BatchCreateTasks": "not served (tasks made in a long-running operation)",
        "BatchDeleteTasks": "not served (tasks deleted in a long-running operation)",
        "GetCmekConfig": "not served (keys of one's own)",
        "UpdateCmekConfig": "not served (keys of one's own)",
    },
}
