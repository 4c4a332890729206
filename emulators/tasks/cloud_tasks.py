"""The gRPC service google.cloud.tasks.v2.CloudTasks."""

import re
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf import empty_pb2

from emulators.clock import Clock
from emulators.iam import Policies
from emulators.tasks.line import moment
from emulators.tasks.messages import types
from emulators.tasks.policy import complete, seconds
from emulators.tasks.queues import Queues
from emulators.wire import Method, Service, invalid, merge, not_served, page, raw

_QUEUE = r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}"
_TASK = r"[A-Za-z0-9_-]{1,500}"
_CHANGEABLE = frozenset({"rate_limits", "retry_config", "stackdriver_logging_config"})
_MAX_BODY = 100 * 1024
_FURTHEST = timedelta(days=30)
_DEADLINES_S = (15, 1800)
_FULL = types.Task.View.FULL


class CloudTasks:
    """Queues and tasks, as the client library asks for them."""

    def __init__(self, queues: Queues, clock: Clock) -> None:
        self._queues = queues
        self._clock = clock

    def service(self) -> grpc.GenericRpcHandler:
        """What a gRPC server registers."""
        queue, task, empty = types.Queue, types.Task, empty_pb2.Empty
        return Service(
            "google.cloud.tasks.v2.CloudTasks",
            {
                "CreateQueue": Method(types.CreateQueueRequest, queue, self._create_queue),
                "GetQueue": Method(types.GetQueueRequest, queue, self._get_queue),
                "ListQueues": Method(types.ListQueuesRequest, types.ListQueuesResponse, self._list_queues),
                "UpdateQueue": Method(types.UpdateQueueRequest, queue, self._update_queue),
                "DeleteQueue": Method(types.DeleteQueueRequest, empty, self._delete_queue),
                "PauseQueue": Method(types.PauseQueueRequest, queue, self._pause),
                "ResumeQueue": Method(types.ResumeQueueRequest, queue, self._resume),
                "PurgeQueue": Method(types.PurgeQueueRequest, queue, self._purge),
                "CreateTask": Method(types.CreateTaskRequest, task, self._create_task),
                "GetTask": Method(types.GetTaskRequest, task, self._get_task),
                "ListTasks": Method(types.ListTasksRequest, types.ListTasksResponse, self._list_tasks),
                "DeleteTask": Method(types.DeleteTaskRequest, empty, self._delete_task),
                "RunTask": Method(types.RunTaskRequest, task, self._run_task),
                **Policies(self._queues.journal, self._queues.has).methods(),
            },
        )

    # -- queues ----------------------------------------------------------------------------------------

    def _create_queue(self, request: Any, _context: Any) -> Any:
        return self._new_queue(request.queue, request.parent)

    def _new_queue(self, queue: Any, parent: str) -> Any:
        if not re.fullmatch(_QUEUE, queue.name) or not queue.name.startswith(f"{parent}/queues/"):
            raise invalid(f"Invalid queue name: {queue.name}")
        _refuse_unserved(queue)
        queue.state = types.Queue.State.RUNNING
        self._queues.put_queue(complete(queue), new=True)
        return queue

    def _get_queue(self, request: Any, _context: Any) -> Any:
        return self._queues.line(request.name).queue

    def _list_queues(self, request: Any, _context: Any) -> Any:
        if request.filter:
            raise not_served("ListQueues with a filter")
        found, token = page(self._queues.lines(request.parent), request.page_size, request.page_token)
        return raw(types.ListQueuesResponse)(queues=found, next_page_token=token)

    def _update_queue(self, request: Any, _context: Any) -> Any:
        """Creates the queue where there is none, as the real service does."""
        _refuse_unserved(request.queue)
        if not self._queues.has(request.queue.name):
            return self._new_queue(request.queue, _location(request.queue.name))
        changed = self._copy(request.queue.name)
        present = [field.name for field, _ in request.queue.ListFields() if field.name in _CHANGEABLE]
        merge(changed, request.queue, request.update_mask.paths or present, allowed=_CHANGEABLE)
        self._queues.put_queue(complete(changed), new=False)
        return changed

    def _delete_queue(self, request: Any, _context: Any) -> Any:
        self._queues.delete_queue(request.name)
        return empty_pb2.Empty()

    def _pause(self, request: Any, _context: Any) -> Any:
        return self._turn(request.name, types.Queue.State.PAUSED)

    def _resume(self, request: Any, _context: Any) -> Any:
        return self._turn(request.name, types.Queue.State.RUNNING)

    def _turn(self, name: str, state: Any) -> Any:
        changed = self._copy(name)
        changed.state = state
        self._queues.put_queue(changed, new=False)
        return changed

    def _purge(self, request: Any, _context: Any) -> Any:
        changed = self._copy(request.name)
        changed.purge_time.FromDatetime(self._clock.now())
        self._queues.purge(request.name)
        self._queues.put_queue(changed, new=False)
        return changed

    def _copy(self, name: str) -> Any:
        copy = raw(types.Queue)()
        copy.CopyFrom(self._queues.line(name).queue)
        return copy

    # -- tasks -----------------------------------------------------------------------------------------

    def _create_task(self, request: Any, _context: Any) -> Any:
        task = request.task
        if task.name and not re.fullmatch(rf"{re.escape(request.parent)}/tasks/{_TASK}", task.name):
            raise invalid(f"Invalid task name: {task.name}")
        self._check(task)
        for output in ("create_time", "dispatch_count", "response_count", "first_attempt", "last_attempt"):
            task.ClearField(output)
        return _view(self._queues.add(request.parent, task), request.response_view)

    def _check(self, task: Any) -> None:
        if not task.HasField("http_request"):
            raise not_served("tasks without http_request (App Engine tasks)")
        call = task.http_request
        if call.HasField("oauth_token"):
            raise not_served("http_request.oauth_token")
        if task.HasField("retry_config"):
            raise not_served("tasks with a retry_config of their own")
        if not re.match(r"https?://[^/]+", call.url):
            raise invalid(f"HttpRequest.url must start with http:// or https://: {call.url!r}")
        if len(call.body) > _MAX_BODY:
            raise invalid("Task size too large")
        self._check_times(task)

    def _check_times(self, task: Any) -> None:
        if task.HasField("schedule_time") and moment(task.schedule_time) > self._clock.now() + _FURTHEST:
            raise invalid("The Task.scheduleTime is too far in the future: at most 720 hours.")
        least, most = _DEADLINES_S
        if task.HasField("dispatch_deadline") and not least <= seconds(task.dispatch_deadline) <= most:
            raise invalid(f"The Task.dispatchDeadline is not between {least} and {most} seconds.")

    def _get_task(self, request: Any, _context: Any) -> Any:
        return _view(self._queues.task(request.name)[1].task, request.response_view)

    def _list_tasks(self, request: Any, _context: Any) -> Any:
        found, token = page(self._queues.tasks(request.parent), request.page_size, request.page_token, default=1000)
        shown = [_view(task, request.response_view) for task in found]
        return raw(types.ListTasksResponse)(tasks=shown, next_page_token=token)

    def _delete_task(self, request: Any, _context: Any) -> Any:
        self._queues.delete(request.name)
        return empty_pb2.Empty()

    def _run_task(self, request: Any, _context: Any) -> Any:
        return _view(self._queues.force(request.name), request.response_view)


def _location(queue: str) -> str:
    return queue.rpartition("/queues/")[0]


def _refuse_unserved(queue: Any) -> None:
    for field in ("http_target", "app_engine_routing_override"):
        if queue.HasField(field):
            raise not_served(f"queues with {field}")


def _view(task: Any, view: int) -> Any:
    """A copy of the task; without the body unless the full view is asked for."""
    shown = raw(types.Task)()
    shown.CopyFrom(task)
    shown.view = view or types.Task.View.BASIC
    if view != _FULL:
        shown.http_request.ClearField("body")
    return shown
