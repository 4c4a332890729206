"""How a queue retries: the wait after each failure, and when a task is given up."""

from typing import Any

from emulators.wire import invalid

_DEFAULT_ATTEMPTS = 100
_DAY_S = 86_400
UNLIMITED = -1


def complete(queue: Any) -> Any:
    """The queue with the service's defaults; INVALID_ARGUMENT for limits that contradict each other."""
    limits, retry = queue.rate_limits, queue.retry_config
    limits.max_dispatches_per_second = limits.max_dispatches_per_second or 500.0
    limits.max_concurrent_dispatches = limits.max_concurrent_dispatches or 1000
    limits.max_burst_size = limits.max_burst_size or max(1, min(100, int(limits.max_dispatches_per_second)))
    retry.max_attempts = retry.max_attempts or _DEFAULT_ATTEMPTS
    retry.max_doublings = retry.max_doublings or 16
    if not retry.HasField("min_backoff"):
        retry.min_backoff.FromMilliseconds(100)
    if not retry.HasField("max_backoff"):
        retry.max_backoff.FromSeconds(3600)
    if seconds(retry.min_backoff) > seconds(retry.max_backoff):
        raise invalid("RetryConfig.minBackoff is longer than RetryConfig.maxBackoff.")
    if seconds(retry.max_backoff) > _DAY_S or retry.max_attempts < UNLIMITED:
        raise invalid("RetryConfig is out of range.")
    return queue


def seconds(duration: Any) -> float:
    """A protobuf duration in seconds."""
    return duration.seconds + duration.nanos / 1e9


def backoff_s(retry: Any, failures: int) -> float:
    """Seconds until the next attempt: doubling `max_doublings` times, then growing by equal steps."""
    least, doublings = seconds(retry.min_backoff), retry.max_doublings
    doubled = least * 2.0 ** min(failures - 1, doublings)
    steps = max(0, failures - 1 - doublings)
    return min(seconds(retry.max_backoff), doubled * (1 + steps))


def exhausted(retry: Any, attempts: int, age_s: float) -> bool:
    """True when both limits are reached: the attempts, and the duration since the first where one is set."""
    spent = retry.max_attempts != UNLIMITED and attempts >= retry.max_attempts
    lasting = seconds(retry.max_retry_duration)
    if not lasting:
        return spent
    return age_s >= lasting and (spent or retry.max_attempts == UNLIMITED)
