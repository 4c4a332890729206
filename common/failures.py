"""The two failures that are part of the business; anything else is a bug and crashes loudly."""

from collections.abc import Sequence


class Rejected(Exception):
    """A business no: asking again will not help.

    `code` is a stable snake_case word for machines, `detail` a sentence for people, `status` the HTTP
    status it answers with, `errors` the single faults as RFC 9457 extension members (pointer, detail, code).
    """

    def __init__(
        self, code: str, detail: str = "", *, status: int = 422, errors: Sequence[dict[str, str]] = ()
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.status = status
        self.errors = tuple(errors)


class TryLater(Exception):
    """Not now: something this depends on has not happened yet. The sender tries again."""
