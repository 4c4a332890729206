"""The day's journals themselves: whole, on their day, written once."""

from functions.audit.proof.day import Day, net
from functions.audit.proof.model import Difference, Outcome


def journals(day: Day) -> Outcome:
    """Each journal is balanced, has one version and stands where its day says."""
    found = Outcome()
    for stored in day.stored_journals:
        journal = day.journals[stored.id]
        faults = {
            "unbalanced": sum(net(line) for line in journal["postings"]),
            "changed": stored.fields["version"] != 1,
            "misplaced": journal["posted_on"] != day.on.isoformat() or journal["entity"] != day.entity,
        }
        found.differences += [
            Difference(
                source="journal",
                code=code,
                currency=journal["currency"],
                documents=(f"journals/{stored.id}",),
                says=f"journal {stored.id} of {journal['document']} is {code}",
            )
            for code, is_so in faults.items()
            if is_so
        ]
    return found
