"""Every RPC of Pub/Sub in words: what of it is served. A test holds this list against the handlers."""

from collections.abc import Mapping
from typing import Final

RPCS: Final[Mapping[str, Mapping[str, str]]] = {
    "google.pubsub.v1.Publisher": {
        "CreateTopic": "labels, schema, retention; not ingestion from other sources, not message transforms",
        "UpdateTopic": "labels, schema, retention",
        "Publish": "ordering keys, limits, schemas checked; 1,000 messages, 10 MB",
        "GetTopic": "yes",
        "ListTopics": "pages",
        "ListTopicSubscriptions": "pages",
        "ListTopicSnapshots": "pages",
        "DeleteTopic": "its subscriptions stay, with what they are owed",
        "DetachSubscription": "yes",
    },
    "google.pubsub.v1.Subscriber": {
        "CreateSubscription": "pull; push wrapped, unwrapped or as events of a trigger (name eventarc-...), with OIDC "
        "token; to BigQuery; filter, order, exactly once, retry policy, dead letters, retention, expiry; not to Cloud "
        "Storage or Bigtable, not message transforms",
        "UpdateSubscription": "all but topic, filter and order",
        "GetSubscription": "yes",
        "ListSubscriptions": "pages",
        "DeleteSubscription": "yes",
        "ModifyPushConfig": "between push and pull, too",
        "Pull": "waits up to a second for a first message",
        "StreamingPull": "flow control by messages, leases, confirmations with exactly once",
        "Acknowledge": "with exactly once an old ack id is an error that names it",
        "ModifyAckDeadline": "0 to 600 seconds",
        "CreateSnapshot": "lives seven days, less the age of its oldest message",
        "GetSnapshot": "yes",
        "ListSnapshots": "pages",
        "UpdateSnapshot": "labels, time of expiry",
        "DeleteSnapshot": "yes",
        "Seek": "to a time, as far as messages are retained, or to a snapshot",
    },
    "google.pubsub.v1.SchemaService": {
        "CreateSchema": "Avro; protocol buffers of one file without imports",
        "CommitSchema": "at most 20 revisions",
        "RollbackSchema": "yes",
        "GetSchema": "the newest, or one revision",
        "ListSchemas": "pages, views",
        "ListSchemaRevisions": "pages, views",
        "DeleteSchemaRevision": "all but the only one",
        "DeleteSchema": "yes",
        "ValidateSchema": "yes",
        "ValidateMessage": "JSON and binary",
    },
    "google.iam.v1.IAMPolicy": {
        "SetIamPolicy": "kept with etags, never enforced",
        "GetIamPolicy": "yes",
        "TestIamPermissions": "everybody may do everything",
    },
}
