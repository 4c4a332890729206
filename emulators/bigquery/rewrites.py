"""The rules by which BigQuery's expressions become DuckDB's wherever SQLGlot alone would change a value or a type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from emulators.bigquery.errors import unserved

Rule = Callable[[Any], exp.Expression]
_WEEK_OFFSETS = {
    "MONDAY": 0,
    "SUNDAY": 1,
    "SATURDAY": 2,
    "FRIDAY": 3,
    "THURSDAY": 4,
    "WEDNESDAY": 5,
    "TUESDAY": 6,
}
_MILLI, _MICRO = 3, 6


def rewritten(tree: exp.Expression) -> exp.Expression:
    """The tree with every rule applied, innermost expressions first."""
    for select in tree.find_all(exp.Select):
        _spell_out_aliases(select)
    for node in reversed(list(tree.walk())):
        rule = RULES.get(type(node))
        if rule is None:
            continue
        replacement = rule(node)
        if replacement is not node:
            node.replace(replacement)
            tree = replacement if node is tree else tree
    return tree


def _spell_out_aliases(select: exp.Select) -> None:
    """Puts an alias's expression where ORDER BY, HAVING or QUALIFY computes with it: only there has it a known type."""
    aliases = {item.alias: item.this for item in select.expressions if isinstance(item, exp.Alias)}
    for clause in ("order", "having", "qualify"):
        part = select.args.get(clause)
        for column in list(part.find_all(exp.Column)) if part and aliases else []:
            computed = aliases.get(column.name) if not column.table else None
            bare = isinstance(column.parent, exp.Ordered)
            if computed is not None and not bare and computed.find(exp.AggFunc, exp.Window):
                column.replace(exp.Paren(this=computed.copy()))


def call(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of one of our macros."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def typed_call(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of an overloaded macro.

    DuckDB picks an overload before it knows the type of an aggregate or a window; inside a lambda it knows.
    """
    if not any(argument.find(exp.AggFunc, exp.Window) for argument in arguments):
        return call(name, *arguments)
    names = [chr(ord("a") + number) for number in range(len(arguments))]
    members = [
        exp.PropertyEQ(this=exp.to_identifier(letter), expression=argument.copy())
        for letter, argument in zip(names, arguments, strict=True)
    ]
    # struct_extract, not a dot: in HAVING the engine would read the dot as a column of a table.
    held = exp.column("bq_args")
    body = call(name, *(call("struct_extract", held, exp.Literal.string(letter)) for letter in names))
    listed = exp.Array(expressions=[exp.Struct(expressions=members)])
    function = exp.Lambda(this=body, expressions=[exp.to_identifier("bq_args")])
    return exp.Anonymous(this="list_extract", expressions=[call("list_transform", listed, function), _number(1)])


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value)


def _binary(name: str) -> Rule:
    return lambda node: typed_call(name, node.this, node.expression)


def _rounded(node: exp.Expression) -> exp.Expression:
    return typed_call("bq_rounded", node)


def _average(node: exp.Avg) -> exp.Expression:
    parent = node.parent
    count: exp.Expression = exp.Count(this=node.this.copy())
    total: exp.Expression = exp.Sum(this=node.this.copy())
    if isinstance(parent, (exp.Window, exp.Filter)):
        return node  # done with its window, one step further out
    return typed_call("bq_safe_divide", total, count)


def _wrapped_average(node: exp.Window | exp.Filter) -> exp.Expression:
    if not isinstance(node.this, exp.Avg):
        return node
    total, count = node.copy(), node.copy()
    total.this.replace(exp.Sum(this=node.this.this.copy()))
    count.this.replace(exp.Count(this=node.this.this.copy()))
    return typed_call("bq_safe_divide", total, count)


def _data_type(node: exp.DataType) -> exp.Expression:
    if node.this == exp.DataType.Type.BIGDECIMAL:
        raise unserved("the type BIGNUMERIC")
    if node.this == exp.DataType.Type.DECIMAL and not node.expressions:
        return exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb")
    return node


def _cast(node: exp.Cast) -> exp.Expression:
    kind = node.to
    nested = isinstance(node.parent, exp.Cast)
    if kind.this != exp.DataType.Type.DECIMAL or nested or kind.sql("duckdb") == "DECIMAL(38, 9)":
        return node
    return exp.Cast(this=node.copy(), to=exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb"))


def _unit(node: exp.Expression) -> tuple[str, int]:
    unit = node.args.get("unit")
    if isinstance(unit, exp.WeekStart):
        return "WEEK", _WEEK_OFFSETS[unit.name.upper()]
    name = unit.name.upper() if unit else "DAY"
    return ("WEEK", 0) if name == "ISOWEEK" else (name, 1 if name == "WEEK" else 0)


def _moment(node: exp.Expression) -> exp.Expression:
    """What a date function works on; a bare string is a date, a time or an instant by the function's name."""
    moment: exp.Expression = node.this
    if not isinstance(moment, exp.Literal):
        return moment
    kind = "TIMESTAMPTZ"
    if isinstance(node, (exp.DateAdd, exp.DateSub, exp.DateTrunc)):
        kind = "DATE"
    elif isinstance(node, (exp.DatetimeAdd, exp.DatetimeSub, exp.DatetimeTrunc)):
        kind = "TIMESTAMP"
    return exp.Cast(this=moment.copy(), to=exp.DataType.build(kind, dialect="duckdb"))


def _truncated(node: exp.Expression) -> exp.Expression:
    part, offset = _unit(node)
    zone = node.args.get("zone")
    moment = exp.AtTimeZone(this=_moment(node).copy(), zone=zone.copy()) if zone else _moment(node)
    result = typed_call("bq_date_trunc", exp.Literal.string(part), moment, _number(offset))
    return exp.AtTimeZone(this=result, zone=zone.copy()) if zone else result


def _shifted(sign: int) -> Rule:
    def rule(node: exp.Expression) -> exp.Expression:
        amount = node.expression.copy()
        if isinstance(amount, exp.Literal):
            amount = exp.Literal.number(amount.name)
        steps = amount if sign > 0 else exp.Neg(this=exp.Paren(this=amount))
        interval = exp.Interval(this=exp.Paren(this=steps), unit=node.args["unit"].copy())
        return typed_call("bq_shift", _moment(node), interval)

    return rule


def _whole_units(node: exp.TimestampDiff) -> exp.Expression:
    unit = exp.Literal.string(node.args["unit"].name)
    return exp.Anonymous(this="date_sub", expressions=[unit, node.expression.copy(), node.this.copy()])


def _from_unix(node: exp.UnixToTime) -> exp.Expression:
    scale = int(node.args["scale"].name) if node.args.get("scale") else 0
    if scale not in {_MILLI, _MICRO}:
        return node
    microseconds = exp.Mul(this=exp.Paren(this=node.this.copy()), expression=_number(10 ** (_MICRO - scale)))
    return exp.Anonymous(this="make_timestamptz", expressions=[microseconds])


def _formatted_time(node: exp.TimeToStr) -> exp.Expression:
    zone = node.args.get("zone")
    if zone is None:
        return node
    moment = exp.Cast(this=node.this.this.copy(), to=exp.DataType.build("TIMESTAMPTZ", dialect="duckdb"))
    local = exp.AtTimeZone(this=moment, zone=zone.copy())
    return exp.Anonymous(this="strftime", expressions=[local, node.args["format"].copy()])


def _parsed_time(node: exp.StrToTime) -> exp.Expression:
    return exp.Cast(this=node.copy(), to=exp.DataType.build("TIMESTAMPTZ", dialect="duckdb"))


def _extract(node: exp.Extract) -> exp.Expression:
    part = node.this.name.upper()
    if part == "DATE":
        return exp.Cast(this=node.expression.copy(), to=exp.DataType.build("DATE"))
    if part == "DAYOFWEEK":
        return exp.Paren(this=exp.Add(this=node.copy(), expression=_number(1)))
    if part == "ISOWEEK":
        return exp.Extract(this=exp.var("WEEK"), expression=node.expression.copy())
    if part == "WEEK" or isinstance(node.this, exp.WeekStart):
        raise unserved("EXTRACT(WEEK ...); ISOWEEK is served")
    return node


def _array_aggregate(node: exp.ArrayAgg) -> exp.Expression:
    if isinstance(node.parent, exp.IgnoreNulls):
        return node
    return _limited(node, node.copy())


def _ignore_nulls(node: exp.IgnoreNulls) -> exp.Expression:
    inner = node.this
    if not isinstance(inner, exp.ArrayAgg):
        return node
    bare = inner.copy()
    value = bare.this
    while isinstance(value, (exp.Limit, exp.Order, exp.Distinct)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    present = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    return _limited(inner, bare, exp.Where(this=present))


def _limited(node: exp.ArrayAgg, bare: exp.ArrayAgg, where: exp.Where | None = None) -> exp.Expression:
    limit = node.this if isinstance(node.this, exp.Limit) else None
    if limit is not None:
        bare.set("this", limit.this.copy())
    result: exp.Expression = exp.Filter(this=bare, expression=where) if where else bare
    if limit is None:
        return node if where is None else result
    return exp.Anonymous(this="list_slice", expressions=[result, _number(1), limit.expression.copy()])


def _struct(node: exp.Struct) -> exp.Expression:
    for position, member in enumerate(list(node.expressions), start=1):
        if not isinstance(member, (exp.PropertyEQ, exp.Alias, exp.Column, exp.Dot)):
            name = exp.to_identifier(f"_field_{position}")
            member.replace(exp.PropertyEQ(this=name, expression=member.copy()))
    return node


def _unnest(node: exp.Unnest) -> exp.Expression:
    offset = node.args.get("offset")
    if isinstance(node.parent, (exp.From, exp.Join)) and not node.args.get("alias") and not offset:
        return _spread(node)
    select = node.find_ancestor(exp.Select)
    if not isinstance(offset, exp.Identifier) or select is None:
        return node
    for column in list(select.find_all(exp.Column)):
        if column.name == offset.name and not column.table:
            shifted: exp.Expression = exp.Paren(this=exp.Sub(this=column.copy(), expression=_number(1)))
            if column.parent is select and column.arg_key == "expressions":
                shifted = exp.alias_(shifted, offset.name)
            column.replace(shifted)
    return node


def _spread(node: exp.Unnest) -> exp.Expression:
    """The fields of an unnamed UNNEST's structs as columns, which is how BigQuery shows them."""
    depth = exp.PropertyEQ(this=exp.to_identifier("max_depth"), expression=_number(2))
    return exp.select(exp.Anonymous(this="unnest", expressions=[node.expressions[0].copy(), depth])).subquery("_spread")


def _local_now(node: exp.CurrentDatetime) -> exp.Expression:
    now: exp.Expression = exp.CurrentTimestamp()
    if node.this:
        now = exp.AtTimeZone(this=now, zone=node.this.copy())
    return exp.Cast(this=now, to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))


def _json_text(node: exp.JSONFormat) -> exp.Expression:
    return call("to_json", node.this) if node.args.get("to_json") else node


def _as_call(name: str) -> Rule:
    return lambda node: call(name, *(child for child in node.iter_expressions()))


def _boolean(node: exp.Expression) -> exp.Expression:
    return exp.Cast(this=node.this.copy(), to=exp.DataType.build("BOOLEAN"))


def _double(node: exp.Expression) -> exp.Expression:
    return exp.Cast(this=node.this.copy(), to=exp.DataType.build("DOUBLE", dialect="duckdb"))


def _parsed_numeric(node: exp.ParseNumeric) -> exp.Expression:
    return exp.Cast(this=node.this.copy(), to=exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb"))


def _refused(node: exp.Expression) -> exp.Expression:
    raise unserved(f"the SQL function {node.sql('bigquery')}")


RULES: dict[type[exp.Expression], Rule] = {
    exp.Div: _binary("bq_div"),
    exp.SafeDivide: _binary("bq_safe_divide"),
    exp.IntDiv: _binary("bq_whole_div"),
    exp.Mul: _binary("bq_multiply"),
    exp.Round: _rounded,
    exp.Trunc: _rounded,
    exp.Ceil: _rounded,
    exp.Floor: _rounded,
    exp.Avg: _average,
    exp.Window: _wrapped_average,
    exp.Filter: _wrapped_average,
    exp.DataType: _data_type,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.DateTrunc: _truncated,
    exp.TimestampTrunc: _truncated,
    exp.DatetimeTrunc: _truncated,
    exp.DateAdd: _shifted(1),
    exp.DateSub: _shifted(-1),
    exp.DatetimeAdd: _shifted(1),
    exp.DatetimeSub: _shifted(-1),
    exp.TimestampAdd: _shifted(1),
    exp.TimestampSub: _shifted(-1),
    exp.TimestampDiff: _whole_units,
    exp.UnixToTime: _from_unix,
    exp.TimeToStr: _formatted_time,
    exp.StrToTime: _parsed_time,
    exp.Extract: _extract,
    exp.ArrayAgg: _array_aggregate,
    exp.IgnoreNulls: _ignore_nulls,
    exp.Struct: _struct,
    exp.Unnest: _unnest,
    exp.JSONExtractScalar: lambda node: call("bq_json_value", node.this, node.expression),
    exp.String: _as_call("bq_string"),
    exp.Format: _as_call("printf"),
    exp.Float64: _double,
    exp.JSONBool: _boolean,
    exp.ParseNumeric: _parsed_numeric,
    exp.CurrentDatetime: _local_now,
    exp.JSONFormat: _json_text,
    exp.SafeFunc: _refused,
}
