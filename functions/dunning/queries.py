"""What callers of dunning may look at."""

from common.failures import Rejected
from common.world import World
from functions.dunning.model import Case, case_id, item_id
from functions.dunning.requests import CaseAsked, CasesAsked, CaseShown, CasesShown


def list_cases(asked: CasesAsked, world: World) -> CasesShown:
    """Dunning cases of a member, in a state or of an invoice."""
    wanted = {name: value for name in ("member_id", "state") if (value := getattr(asked, name))}
    if asked.invoice_number:
        one = world.read.find(Case, case_id(item_id(asked.invoice_number)))
        fits = one is not None and all(getattr(one, name) == value for name, value in wanted.items())
        return CasesShown(items=[CaseShown.of(one)] if one and fits else [], next_page_token="")
    found = world.read.select(Case, limit=asked.limit, after=asked.page_token, **wanted)
    token = found[-1].id if len(found) == asked.limit else ""
    return CasesShown(items=[CaseShown.of(case) for case in found], next_page_token=token)


def show_case(asked: CaseAsked, world: World) -> CaseShown:
    """One dunning case."""
    case = world.read.find(Case, asked.case_id)
    if case is None:
        raise Rejected("not_found", "there is no such case", status=404)
    return CaseShown.of(case)
