"""What changes members and shows them: accounts, their VAT ids, merging, history."""

from functions.members.handlers.accounts import (
    erase_member,
    search_members,
    show_member,
    show_member_by_id,
    upsert_member,
    upsert_members,
)
from functions.members.handlers.history import show_history
from functions.members.handlers.merging import merge_member
from functions.members.handlers.methods import take_methods
from functions.members.handlers.vat import check_vat_id, record_answers

__all__ = [
    "check_vat_id",
    "erase_member",
    "merge_member",
    "record_answers",
    "search_members",
    "show_history",
    "show_member",
    "show_member_by_id",
    "take_methods",
    "upsert_member",
    "upsert_members",
]
