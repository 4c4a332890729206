"""What is wrong with a bank's file, and where: the line, and the statement and entry it is in."""

from common.failures import Rejected


class Fault(Rejected):
    """A file refused as a whole. `line` counts from 1; 0 where no line can be named. `place` is for people."""

    def __init__(self, code: str, detail: str, *, line: int = 0, place: str = "", status: int = 422) -> None:
        where = ", ".join(part for part in (f"line {line}" if line else "", place) if part)
        told = {"code": code, "detail": detail, "pointer": place, "line": str(line)}
        super().__init__(code, f"{where}: {detail}" if where else detail, status=status, errors=[told])
        self.reason = detail
        self.line = line
        self.place = place

    def within(self, file: str) -> "Fault":
        """The same fault, of one file in an archive."""
        place = f"{file}: {self.place}" if self.place else file
        return Fault(self.code, self.reason, line=self.line, place=place, status=self.status)


def invalid(detail: str, line: int = 0, place: str = "") -> Fault:
    """A statement that says what no statement may."""
    return Fault("invalid_statement", detail, line=line, place=place)
