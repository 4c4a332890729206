"""What the relay is asked to do."""

from common.events.base import Task


class ReplayParked(Task, name="relay.replay_parked"):
    """Send a parked message to its function again."""

    parked_id: str
