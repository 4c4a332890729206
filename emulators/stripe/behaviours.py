"""What the simulator can be told to do, and what names of payment methods mean where nobody has told it anything."""

from emulators.world.script import Step, parse

BEHAVIOURS: dict[str, type] = {
    "succeed": str,
    "decline": str,
    "refuse": str,
    "processing": int,
    "processing_fail": int,
    "dispute": int,
    "amount": int,
    "error": str,
    "error_after_charge": str,
    "rate_limit": int,
    "timeout": str,
    "timeout_before_charge": str,
    "delay_webhook": int,
    "hold_webhook": int,
    "repeat_webhook": int,
    "reorder_webhook": str,
    "drop_webhook": str,
    "contradict_webhook": str,
}
"""`processing`, `processing_fail`, `dispute`, `hold_webhook` take virtual hours, `amount` what is really collected,
`rate_limit` the seconds of Retry-After, `decline` and `refuse` a code."""
REFUNDS, PAYOUTS = "refunds", "payouts"
"""Keys of the script for what has no payment method."""
CONVENTIONS = {
    "pm_card_visa": "succeed",
    "pm_card_declined": "decline:insufficient_funds",
    "pm_card_lost": "decline:lost_card",
    "pm_card_authentication": "decline:authentication_required",
    "pm_card_timeout": "succeed+timeout",
    "pm_card_silent": "succeed+drop_webhook",
    "pm_card_error": "error_after_charge",
    "pm_card_disputed": "succeed+dispute:24",
    "pm_sepa_processing": "processing:72",
    "pm_sepa_failing": "processing_fail:72",
    "pm_sepa_returned": "processing:72+dispute:144",
}
"""What a payment method does when no script says otherwise; also for ids that go on after the name, as in
pm_card_declined_42."""
HOUR = 3600


def convention(method: str) -> Step:
    """The step a payment method's name stands for."""
    for name in sorted(CONVENTIONS, key=len, reverse=True):
        if method == name or method.startswith(f"{name}_"):
            return read(CONVENTIONS[name])
    return read("succeed")


def read(text: str) -> Step:
    """A step from its text; nothing is `succeed`."""
    return parse(text or "succeed", BEHAVIOURS)


def written(step: Step, *, without: tuple[str, ...] = ()) -> str:
    """A step as its text, without some of its effects."""
    kept = (pair for pair in step.effects.items() if pair[0] not in without)
    return "+".join(f"{name}:{value}" if value else name for name, value in kept)
