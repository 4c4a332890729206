"""Two hundred histories with everything that can go wrong: the month still closes to the cent."""

from common.tools.simulation.run import faultless, run, run_many

SEEDS = 200


def test_no_history_breaks_an_invariant() -> None:
    broken = [(outcome.seed, outcome.broken) for outcome in run_many(1, SEEDS, workers=2) if outcome.broken]
    assert not broken, f"replay with `billing simulate --from {broken[0][0]} --seeds 1`: {broken[0][1][:3]}"


def test_the_same_seed_gives_the_same_history() -> None:
    once, again = run(7), run(7)
    assert (once.digest, once.faults, once.deliveries) == (again.digest, again.faults, again.deliveries)


def test_seeds_differ() -> None:
    assert run(2).faults != run(4).faults


def test_the_story_has_everything_the_platform_does() -> None:
    states = {item["state"] for item in faultless()["outcome"]["items"]}
    assert states == {"open", "settled"}
    told = {line.partition(" ")[0] for line in faultless()["outcome"]["told"]}
    assert told == {"invoice", "receipt", "credit_note", "reminder", "second_reminder", "final_notice"}
