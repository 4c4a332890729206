"""What a caller may have told with an answer instead of asking again."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from common.functions.routes import Output

_ONE: str = "(credit_notes|documents)"
ExpandInvoice = Annotated[
    str, Field(pattern=f"^({_ONE}(,{_ONE})*)?$", max_length=60, examples=["credit_notes,documents"])
]
ExpandCreditNote = Annotated[str, Field(pattern="^(documents)?$", examples=["documents"])]
ExpandList = Annotated[str, Field(pattern="^(state)?$", examples=["state"])]


class DocumentForm(Output):
    """One form of a document in the archive, and its short-lived address."""

    format: str
    media_type: str
    sha256: str
    size_bytes: int
    url: str
    """For whoever has it, until `expires_at`."""
    expires_at: datetime
