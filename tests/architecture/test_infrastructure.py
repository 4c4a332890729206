"""What is deployed is exactly what is declared: read as source everywhere, and planned where Terraform is installed."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import hcl2
import pytest

from common.functions.declared import Function
from common.settings import Settings
from common.tools.archive import RUNTIME as PACKED_FOR
from common.tools.areas import AREAS, functions
from common.tools.infrastructure import RUNTIME
from tests.architecture.google_provider import Planned, Terraform, provider

pytestmark = pytest.mark.timeout(300)
FOLDER: Final = Path(__file__).parents[2] / "terraform"
DECLARED: Final[dict[str, Any]] = json.loads((FOLDER / "declared.json").read_bytes())
FUNCTIONS: Final[dict[str, Function]] = {function.name: function for function in functions()}
VARIABLES: Final[dict[str, Any]] = {
    "project": "billing-test",
    "project_number": "12",
    "host": "billing.example",
    "staff": {"finance@marketplace.example": ["finance"]},
    "report_readers": ["group:finance@marketplace.example"],
    "entity_readers": {"MP": ["group:finance-mp@marketplace.example"]},
    "world": {
        "stripe_url": "https://api.stripe.example",
        "sap_url": "https://sap.example",
        "sap_odata_url": "https://sap.example/odata",
        "smtp_host": "mail.example",
        "smtp_port": 587,
        "mail_from": "billing@marketplace.example",
    },
    "notified": ["on-call@marketplace.example"],
    "billing_account": "0",
    "archives": "archives",
}
SINGLE: Final = {
    "google_artifact_registry_repository", "google_billing_budget", "google_compute_global_address",
    "google_compute_global_forwarding_rule", "google_compute_managed_ssl_certificate",
    "google_compute_security_policy", "google_compute_ssl_policy", "google_compute_target_https_proxy",
    "google_compute_url_map", "google_firestore_backup_schedule", "google_firestore_database",
    "google_service_account", "google_storage_bucket",
}  # fmt: skip
"""What there is one of, whatever is declared: the entrance, the database, buckets, two identities of no area."""
Block = dict[str, Any]


# -- as source -------------------------------------------------------------------------------------


def resources() -> Iterator[tuple[str, str, Block]]:
    """Type, name and body of each resource, as written."""
    for file in sorted(FOLDER.rglob("*.tf")):
        with file.open() as text:
            for block in hcl2.load(text).get("resource", ()):
                for kind, named in block.items():
                    for name, body in named.items():
                        yield kind.strip('"'), name.strip('"'), body


RESOURCES: Final = list(resources())


def source() -> str:
    return "\n".join(file.read_text() for file in sorted(FOLDER.rglob("*.tf")))


def of(kind: str) -> dict[str, Block]:
    return {name: body for found, name, body in RESOURCES if found == kind}


def test_every_resource_of_a_function_a_topic_or_an_area_follows_from_the_declaration() -> None:
    assert len(RESOURCES) > 40
    assert {kind for kind, _, body in RESOURCES if "for_each" not in body} <= SINGLE
    assert [name for _, name, body in RESOURCES if "count" in body] == []


def test_nothing_declared_is_named_a_second_time() -> None:
    text = re.sub(r"#.*", "", source())
    names = [*FUNCTIONS, *DECLARED["topics"], *DECLARED["secrets"], *DECLARED["warehouse"]["datasets"]]
    assert [name for name in names if re.search(rf'"{re.escape(name)}"', text)] == []
    doors = {one["door"] for one in DECLARED["functions"].values()}
    assert [area for area in {*AREAS} - doors if re.search(rf'"{area}"', text)] == []


def test_every_subscription_retries_and_has_a_dead_letter() -> None:
    subscriptions = of("google_pubsub_subscription")
    assert set(subscriptions) == {"push", "landing"}
    assert {"retry_policy", "expiration_policy", "bigquery_config"} <= set(subscriptions.pop("landing"))
    for body in subscriptions.values():
        assert {"retry_policy", "expiration_policy", "push_config"} <= set(body)
        policies = [one for one in body["dynamic"] if "dead_letter_policy" in str(list(one))]
        assert len(policies) == 1
        assert "max_delivery_attempts" in str(policies)


def test_every_alert_has_its_runbook_and_no_runbook_is_left_over() -> None:
    alerts = set(re.findall(r"^    ([a-z-]+) = \{\n      metric", source(), re.MULTILINE))
    assert len(alerts) >= 7
    pages = {page.stem: page.read_text() for page in (FOLDER / "runbooks").glob("*.md")}
    assert set(pages) == alerts | {"budget"}
    for name, page in pages.items():
        for part in ("**What it says.**", "**Look.**", "**Do.**", "**It is over when**", "**Not over?**"):
            assert part in page, f"{name}: {part}"
        assert len(page.splitlines()) < 40, name


def test_a_secrets_value_is_never_in_terraform() -> None:
    kinds = {kind for kind, _, _ in RESOURCES}
    assert "google_secret_manager_secret" in kinds
    assert not kinds & {"google_secret_manager_secret_version", "google_service_account_key"}


def test_versions_are_pinned() -> None:
    assert re.search(r'required_version = ">= 1\.\d+"', source())
    assert re.search(r'version = "~> 6\.50"', source())


def test_archives_are_packed_for_the_python_that_runs_them() -> None:
    assert DECLARED["runtime"] == RUNTIME == PACKED_FOR


def test_every_secret_is_a_setting() -> None:
    fields = {f"BILLING_{name.upper()}" for name in Settings.model_fields}
    assert set(DECLARED["secrets"].values()) <= fields
    used = {secret for area in DECLARED["areas"].values() for secret in area["secrets"]}
    assert used == set(DECLARED["secrets"])


# -- as planned ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    if not shutil.which("terraform"):
        pytest.skip("Terraform is not installed here")
    folder = tmp_path_factory.mktemp("terraform") / "copy"
    shutil.copytree(FOLDER, folder)
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    (folder / "test.auto.tfvars.json").write_text(json.dumps(VARIABLES))
    (folder / "archives").mkdir()
    for area in AREAS:
        (folder / "archives" / f"{area}.zip").write_text(area)
    with provider() as environment:
        running = Terraform(folder, environment)
        running.run("init", "-input=false")
        yield running


@pytest.fixture(scope="module")
def planned(terraform: Terraform) -> Planned:
    terraform.run("plan", "-input=false", "-refresh=false", "-lock=false", "-out=plan")
    return Planned(json.loads(terraform.run("show", "-json", "plan")))


def test_the_files_are_formatted_and_valid(terraform: Terraform) -> None:
    terraform.run("fmt", "-check", "-recursive", "-diff", str(FOLDER))
    terraform.run("validate", "-no-color")


def test_its_own_tests_hold_of_every_plan(terraform: Terraform) -> None:
    told = terraform.run("test", "-no-color")
    runs = len(re.findall(r"^run ", "".join(file.read_text() for file in (FOLDER / "tests").iterdir()), re.MULTILINE))
    assert f"Success! {runs} passed, 0 failed." in told


def test_every_declared_function_is_deployed_from_its_areas_archive(planned: Planned) -> None:
    made = planned.of("google_cloudfunctions2_function", "function")
    assert set(made) == set(FUNCTIONS)
    for name, body in made.items():
        function, (build,), (serve,) = FUNCTIONS[name], body["build_config"], body["service_config"]
        assert build["entry_point"] == function.variable
        assert build["source"][0]["storage_source"][0]["object"].startswith(f"{function.area}-")
        assert serve["service_account_email"] == f"billing-{function.area}#email"
        assert body["event_trigger"] == []


def test_a_setting_in_the_cloud_is_one_the_code_reads_and_none_is_forgotten(planned: Planned) -> None:
    made = planned.of("google_cloudfunctions2_function", "function")
    plain = {
        name.removeprefix("BILLING_").lower()
        for name in next(iter(made.values()))["service_config"][0]["environment_variables"]
    }
    secret = {name.removeprefix("BILLING_").lower() for name in DECLARED["secrets"].values()}
    assert plain | secret == set(Settings.model_fields)
    assert not plain & secret


def test_only_the_area_that_uses_a_secret_gets_it(planned: Planned) -> None:
    secrets = planned.of("google_secret_manager_secret", "secret")
    for name, body in planned.of("google_cloudfunctions2_function", "function").items():
        given = {one["secret"] for one in body["service_config"][0]["secret_environment_variables"]}
        assert given == set(DECLARED["areas"][FUNCTIONS[name].area]["secrets"])
        assert given <= set(secrets)
    readers = planned.of("google_secret_manager_secret_iam_member")
    assert {(one["secret_id"], one["member"]) for one in readers.values()} == {
        (secret, f"billing-{area}#member") for area, one in DECLARED["areas"].items() for secret in one["secrets"]
    }


def test_one_identity_an_area(planned: Planned) -> None:
    assert set(planned.of("google_service_account", "area")) == set(AREAS)
    used = {
        name: body["service_config"][0]["service_account_email"]
        for name, body in planned.of("google_cloudfunctions2_function", "function").items()
    }
    assert {email: {FUNCTIONS[name].area for name in used if used[name] == email} for email in used.values()} == {
        f"billing-{area}#email": {area} for area in AREAS
    }


def test_an_area_publishes_what_it_emits_and_enqueues_to_its_own_queues(planned: Planned) -> None:
    published = {
        (one["member"], one["topic"]) for one in planned.of("google_pubsub_topic_iam_member", "publisher").values()
    }
    queued = {(one["member"], one["name"]) for one in planned.of("google_cloud_tasks_queue_iam_member").values()}
    for function in FUNCTIONS.values():
        member = f"billing-{function.area}#member"
        assert {(member, event.name) for event in function.emits} <= published
        if function.kind != "http":
            assert (member, function.name) in queued
    alone = {"billing-relay#member"}
    for member, topic in published:
        if member not in alone:
            emitting = {f"billing-{f.area}#member" for f in FUNCTIONS.values() if topic in {e.name for e in f.emits}}
            assert member in emitting
    assert all(member in alone or member == f"billing-{FUNCTIONS[queue].area}#member" for member, queue in queued)
    assert {topic for member, topic in published if member in alone} == set(DECLARED["topics"])


def test_nobody_may_more_than_these_roles(planned: Planned) -> None:
    project = {(one["member"], one["role"]) for one in planned.of("google_project_iam_member").values()}
    areas = {role for member, role in project if member in {f"billing-{area}#member" for area in AREAS}}
    asking = {f"billing-{area}#member" for area, one in DECLARED["areas"].items() if one["reads_rows"]}
    assert areas <= {"roles/datastore.user", "roles/datastore.viewer", "roles/bigquery.jobUser"}
    people = {*VARIABLES["report_readers"], *(one for some in VARIABLES["entity_readers"].values() for one in some)}
    assert {member for member, role in project if role == "roles/bigquery.jobUser"} == asking | people
    assert {role for _, role in project} <= areas | {
        "roles/logging.logWriter", "roles/artifactregistry.writer", "roles/bigquery.jobUser",
    }  # fmt: skip
    rows = {(one["member"], one["table_id"]) for one in planned.of("google_bigquery_table_iam_member").values()}
    landing = DECLARED["warehouse"]["landing"].partition(".")[2]
    assert {member for member, table in rows if table != landing} == {"billing-reporting#member"}
    pubsub = f"serviceAccount:service-{VARIABLES['project_number']}@gcp-sa-pubsub.iam.gserviceaccount.com"
    assert {table for member, table in rows if member == pubsub} == {landing}
    assert {member for member, _ in rows} == {"billing-reporting#member", pubsub}
    files = planned.of("google_storage_bucket_iam_member")
    assert {one["role"] for one in files.values()} <= {"roles/storage.objectViewer", "roles/storage.objectCreator"}


def test_every_listener_is_subscribed_with_retry_and_dead_letter(planned: Planned) -> None:
    made = planned.of("google_pubsub_subscription", "push")
    assert set(made) == {f"{name}.{topic}" for name, one in DECLARED["functions"].items() for topic in one["topics"]}
    for key, body in made.items():
        function = key.partition(".")[0]
        (push,), (retry,) = body["push_config"], body["retry_policy"]
        assert push["push_endpoint"] == push["oidc_token"][0]["audience"] == address(function)
        assert (retry["minimum_backoff"], retry["maximum_backoff"]) == ("1s", "60s")
        assert body["expiration_policy"] == [{"ttl": ""}]
        given_up = [one["dead_letter_topic"] for one in body["dead_letter_policy"]]
        ends = key.endswith(f".{DECLARED['dead_letters']}")
        assert given_up == ([] if ends else [f"{DECLARED['dead_letters']}#id"])
    assert set(planned.of("google_pubsub_topic", "event")) == {*DECLARED["topics"], DECLARED["dead_letters"]}


def address(name: str) -> str:
    """Where the platform's own messages reach a function, as the function itself reads it from its settings."""
    pattern = f"https://{{name}}-{VARIABLES['project_number']}.europe-west1.run.app"
    return Settings(functions_url=pattern).function_url(name)


def test_every_function_that_is_not_public_has_a_queue_with_a_rate(planned: Planned) -> None:
    queues = planned.of("google_cloud_tasks_queue", "function")
    assert set(queues) == {name for name, function in FUNCTIONS.items() if function.kind != "http"}
    for name, body in queues.items():
        (rates,) = body["rate_limits"]
        asks = FUNCTIONS[name].ask is not None
        assert rates["max_dispatches_per_second"] == (25 if asks else 500)
        assert body["retry_config"][0]["max_attempts"] == 100


def test_every_schedule_comes_round_as_declared(planned: Planned) -> None:
    jobs = planned.of("google_cloud_scheduler_job", "schedule")
    assert {name: job["schedule"] for name, job in jobs.items()} == {
        name: function.cron for name, function in FUNCTIONS.items() if function.cron
    }
    for name, job in jobs.items():
        (target,) = job["http_target"]
        assert target["uri"] == target["oidc_token"][0]["audience"] == address(name)


def test_nothing_is_public_but_api_and_webhooks_and_the_console_behind_its_proxy(planned: Planned) -> None:
    invokers = planned.of("google_cloud_run_v2_service_iam_member", "invoker")
    api = {name for name, function in FUNCTIONS.items() if function.routes}
    console = {name for name, function in FUNCTIONS.items() if function.app is not None}
    assert {name for name, one in invokers.items() if one["member"] == "allUsers"} == api
    assert {name for name, one in invokers.items() if "gcp-sa-iap" in one["member"]} == console
    assert {one["member"] for name, one in invokers.items() if name not in api | console} == {"billing-pusher#member"}
    for name, body in planned.of("google_cloudfunctions2_function", "function").items():
        inside = "ALLOW_INTERNAL_AND_GCLB" if name in api | console else "ALLOW_INTERNAL_ONLY"
        assert body["service_config"][0]["ingress_settings"] == inside
    backends = planned.of("google_compute_backend_service", "public")
    assert {name for name, one in backends.items() if one["iap"][0]["enabled"]} == console
    assert {one["security_policy"] for one in backends.values()} == {"billing#id"}


def test_no_other_door_is_open_to_everybody(planned: Planned) -> None:
    open_to_all = [
        (kind, key)
        for kind in {kind for kind, _, _ in RESOURCES if kind.endswith("_iam_member")}
        for key, body in planned.of(kind).items()
        if body["member"] in {"allUsers", "allAuthenticatedUsers"} and kind != "google_cloud_run_v2_service_iam_member"
    ]
    assert open_to_all == []


def test_the_one_host_sends_each_declared_path_to_its_function(planned: Planned) -> None:
    (entrance,) = planned.of("google_compute_url_map").values()
    (matcher,) = entrance["path_matcher"]
    sent = {rule["service"]: rule["paths"] for rule in matcher["path_rule"]}
    assert sent == {
        f"{name}#id": [path for declared in one["paths"] for path in (declared, f"{declared}/*")]
        for name, one in DECLARED["functions"].items()
        if one["paths"]
    }
    assert entrance["host_rule"][0]["hosts"] == [VARIABLES["host"]]
    (armor,) = planned.of("google_compute_security_policy").values()
    assert [rule["action"] for rule in armor["rule"] if rule["rate_limit_options"]] == ["throttle"]
    assert len(planned.of("google_compute_global_forwarding_rule")) == 1


def test_every_alert_tells_somebody_and_carries_its_runbook(planned: Planned) -> None:
    alerts = planned.of("google_monitoring_alert_policy", "alert")
    counted = {body["name"] for body in planned.of("google_logging_metric").values()}
    for name, body in alerts.items():
        assert body["documentation"][0]["content"] == (FOLDER / "runbooks" / f"{name}.md").read_text()
        assert body["notification_channels"]
        watched = body["conditions"][0]["condition_threshold"][0]["filter"]
        own = re.search(r"logging\.googleapis\.com/user/(\w+)", watched)
        assert own is None or own[1] in counted, name


def test_the_database_can_be_had_back_and_indexes_what_is_declared(planned: Planned) -> None:
    (database,) = planned.of("google_firestore_database").values()
    assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    told = json.loads((FOLDER / "firestore.indexes.json").read_bytes())
    fields = planned.of("google_firestore_field", "override")
    assert {key: len(body["ttl_config"]) for key, body in fields.items()} == {
        f"{one['collectionGroup']}.{one['fieldPath']}": int(one.get("ttl", False)) for one in told["fieldOverrides"]
    }
    assert len(planned.of("google_firestore_index")) == len(told["indexes"])


def test_buckets_are_private_and_keep_what_they_hold(planned: Planned) -> None:
    for name, bucket in planned.of("google_storage_bucket").items():
        assert bucket["uniform_bucket_level_access"], name
        assert bucket["public_access_prevention"] == "enforced", name
        assert bucket["retention_policy"] or bucket["versioning"][0]["enabled"], name
    kept = planned.of("google_storage_bucket")["documents"]["retention_policy"][0]["retention_period"]
    assert int(kept) >= 10 * 365 * 86400


def test_who_reads_one_entity_is_let_into_its_dataset_and_no_other(planned: Planned) -> None:
    told, made = DECLARED["warehouse"], planned.of("google_bigquery_dataset_iam_member")
    let_in = {(one["member"], one["dataset_id"]) for one in made.values() if one["member"].startswith("group:")}
    wanted = {(who, told["entity_reports"][code]) for code, some in VARIABLES["entity_readers"].items() for who in some}
    assert let_in == wanted | {(who, told["reports"]) for who in VARIABLES["report_readers"]}


def test_an_entitys_views_are_authorised_to_read_what_their_readers_may_not(planned: Planned) -> None:
    told = DECLARED["warehouse"]
    entities = {dataset: entity for entity, dataset in told["entity_reports"].items()}
    found = planned.of("google_bigquery_dataset_access").values()
    made = {(body["dataset_id"], body["dataset"][0]["dataset"][0]["dataset_id"]) for body in found}
    assert {by for read, by in made if read == told["reports"]} >= set(entities)
    assert not {read for read, _ in made} & set(entities)
    for name, view in told["views"].items():
        if (dataset := name.partition(".")[0]) in entities:
            assert view["query"].endswith(f" WHERE entity = '{entities[dataset]}'\n")


def test_the_warehouse_is_the_one_reporting_declares(planned: Planned) -> None:
    told = DECLARED["warehouse"]
    made = {f"{body['dataset_id']}.{body['table_id']}": body for body in planned.of("google_bigquery_table").values()}
    assert set(made) == {*told["tables"], *told["views"]}
    for name, view in told["views"].items():
        query = made[name]["view"][0]["query"]
        assert query == view["query"].replace("PROJECT", VARIABLES["project"])
        assert "PROJECT" not in query
    for name, table in told["tables"].items():
        assert json.loads(made[name]["schema"]) == list(table["schema"])
        assert made[name]["deletion_protection"]
