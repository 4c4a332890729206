"""What a caller of `payments` needs to be allowed."""

from typing import Final

READ: Final = "payments:read"
WRITE: Final = "payments:write"
LINK: Final = "payments:link"
"""Makes and shows links under which members pay, and nothing else."""
