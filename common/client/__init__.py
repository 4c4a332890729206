"""The platform's Python client: `Billing(url, token).invoicing.list_invoices(member_id=…)`."""

from common.client import models
from common.client.operations import Billing
from common.client.transport import Refused, every

__all__ = ["Billing", "Refused", "every", "models"]
