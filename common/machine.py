"""State machines as tables: what is not listed can't happen."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from common.failures import Rejected

State = TypeVar("State", bound=str)


class Machine(Generic[State]):
    """A named table of allowed moves: `moves[state][verb]` is the next state."""

    def __init__(self, name: str, moves: Mapping[State, Mapping[str, State]]) -> None:
        self.name = name
        self.moves = moves

    def move(self, state: State, verb: str) -> State:
        """The state after `verb`; Rejected `wrong_state` (409) where the table has no such move."""
        try:
            return self.moves[state][verb]
        except KeyError:
            raise Rejected("wrong_state", f"{self.name} can't {verb} while {state}", status=409) from None

    def allows(self, state: State) -> list[str]:
        """The verbs allowed in a state, so that a button is shown exactly when it works."""
        return list(self.moves.get(state, {}))

    def diagram(self) -> str:
        """The table as a Mermaid state diagram; a state that nothing leaves leads to the end."""
        arrows = [
            f"    {state} --> {target}: {verb}" for state, row in self.moves.items() for verb, target in row.items()
        ]
        ends = [f"    {state} --> [*]" for state, row in self.moves.items() if not row]
        return "\n".join(["stateDiagram-v2", *arrows, *ends])
