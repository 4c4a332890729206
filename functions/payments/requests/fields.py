"""Fields that several requests share."""

from typing import Annotated

from pydantic import Field

Id = Annotated[str, Field(max_length=100)]
