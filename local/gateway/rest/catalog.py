"""What the database says about its tables and functions; asked anew for every request."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from local.gateway.errors import RestError
from local.gateway.session import Connection

RELATION = """
select
  a.attname,
  format_type(a.atttypid, a.atttypmod),
  a.atttypid = 'tsvector'::regtype,
  case
    when a.attidentity = 'd' then
      format('nextval(%L)', pg_get_serial_sequence(c.oid::regclass::text, a.attname))
    when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid)
  end,
  coalesce(array_position(k.conkey, a.attnum), 0)
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
left join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
where c.relnamespace = 'public'::regnamespace
  and c.relname = $1
  and c.relkind in ('r', 'v', 'm', 'f', 'p')
order by a.attnum
"""
FUNCTIONS = """
select
  p.oid::bigint,
  coalesce((
    select array_agg(coalesce(arg.name, '') order by arg.position)
    from unnest(p.proargnames, p.proargmodes) with ordinality as arg(name, mode, position)
    where coalesce(arg.mode, 'i') in ('i', 'b', 'v')
  ), array_fill(''::text, array[p.pronargs::int])),
  (select coalesce(array_agg(format_type(input.type, null) order by input.position), '{}')
   from unnest(p.proargtypes) with ordinality as input(type, position)),
  p.pronargdefaults,
  p.provariadic <> 0,
  p.proretset,
  coalesce(base.typtype, t.typtype) = 'c'
    or coalesce(p.proargmodes && '{t,b,o}'::"char"[], false),
  p.prorettype = 'void'::regtype,
  p.provolatile = 'v'
from pg_proc as p
join pg_type as t on t.oid = p.prorettype
left join pg_type as base on base.oid = t.typbasetype
where p.pronamespace = 'public'::regnamespace
  and p.proname = $1
  and p.prokind = 'f'
  and t.typname not in ('trigger', 'event_trigger')
order by p.oid
"""
NEIGHBOURS = """
select c.relname from pg_class as c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'f', 'p')
  and has_any_column_privilege(c.oid, 'select, insert, update, references')
"""
FUNCTION_NAMES = """
select distinct p.proname from pg_proc as p
where p.pronamespace = 'public'::regnamespace and has_function_privilege(p.oid, 'execute')
"""
PERHAPS_CALL = "Perhaps you meant to call the function public."


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its SQL type and the SQL of its default, if it has one."""

    name: str
    type: str
    is_tsvector: bool
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view of schema public."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name; PGRST204 when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise RestError(
            400,
            "PGRST204",
            f"Could not find the '{name}' column of '{self.name}' in the schema cache",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of schema public, as a caller sees it."""

    name: str
    arguments: tuple[tuple[str, str], ...]
    defaults: int
    is_variadic: bool
    returns_set: bool
    returns_rows: bool
    returns_void: bool
    is_volatile: bool

    @property
    def names(self) -> frozenset[str]:
        """Every argument's name."""
        return frozenset(name for name, _ in self.arguments)

    @property
    def required(self) -> frozenset[str]:
        """The names a call cannot leave out."""
        count = len(self.arguments) - self.defaults
        return frozenset(name for name, _ in self.arguments[:count])

    def accepts(self, given: frozenset[str]) -> bool:
        """Whether a call with exactly these argument names fits."""
        return self.required <= given <= self.names

    @property
    def takes_body(self) -> bool:
        """Whether the whole body of a POST is its one, nameless argument."""
        return [(name, kind) for name, kind in self.arguments if kind in ("json", "jsonb")] == [
            ("", kind) for _, kind in self.arguments
        ] and len(self.arguments) == 1

    def __str__(self) -> str:
        arguments = ", ".join(f"{name} => {kind}" for name, kind in self.arguments)
        return f"public.{self.name}({arguments})"


async def find_relation(connection: Connection, name: str) -> Relation:
    """The table or view of that name; PGRST205 (404) when there is none."""
    rows = await (await connection.execute(RELATION, (name,))).fetchall()
    if not rows:
        neighbours = await _names(connection, NEIGHBOURS)
        raise RestError(
            404,
            "PGRST205",
            f"Could not find the table 'public.{name}' in the schema cache",
            hint=_perhaps("Perhaps you meant the table 'public.", name, neighbours, "'"),
        )
    columns = tuple(
        Column(name=row[0], type=row[1], is_tsvector=row[2], default=row[3]) for row in rows
    )
    key = sorted((row[4], row[0]) for row in rows if row[4])
    return Relation(name=name, columns=columns, primary_key=tuple(column for _, column in key))


async def find_function(
    connection: Connection, name: str, given: frozenset[str], *, posted: bool
) -> Function:
    """The function a call with these argument names means.

    Raises PGRST202 (404) when none fits and PGRST203 (300) when several do.
    """
    rows = await (await connection.execute(FUNCTIONS, (name,))).fetchall()
    known = [
        Function(
            name=name,
            arguments=tuple(zip(row[1], row[2], strict=True)),
            defaults=row[3],
            is_variadic=row[4],
            returns_set=row[5],
            returns_rows=row[6],
            returns_void=row[7],
            is_volatile=row[8],
        )
        for row in rows
    ]
    fitting = [function for function in known if function.accepts(given)]
    if posted and not fitting:
        fitting = [function for function in known if function.takes_body]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise _ambiguous(fitting)
    raise await _missing(connection, name, given, posted, known)


def _ambiguous(fitting: list[Function]) -> RestError:
    return RestError(
        300,
        "PGRST203",
        "Could not choose the best candidate function between: "
        + ", ".join(str(function) for function in fitting),
        hint="Try renaming the parameters or the function itself in the database "
        "so function overloading can be resolved",
    )


async def _missing(
    connection: Connection, name: str, given: frozenset[str], posted: bool, known: list[Function]
) -> RestError:
    names = ", ".join(sorted(given))
    shown = f"({names})" if given else " without parameters"
    plural = "s" if len(given) > 1 else ""
    searched = f" with parameter{plural} {names}" if given else " without parameters"
    body = " or with a single unnamed json/jsonb parameter" if posted else ""
    if known:
        choices = [f"({', '.join(sorted(function.names))})" for function in known]
        hint = _perhaps(f"{PERHAPS_CALL}{name}", f"({names})", choices, cutoff=0.33)
    else:
        hint = _perhaps(PERHAPS_CALL, name, await _names(connection, FUNCTION_NAMES))
    return RestError(
        404,
        "PGRST202",
        f"Could not find the function public.{name}{shown} in the schema cache",
        f"Searched for the function public.{name}{searched}{body}, "
        "but no matches were found in the schema cache.",
        hint,
    )


async def _names(connection: Connection, query: str) -> list[str]:
    return [row[0] for row in await (await connection.execute(query)).fetchall()]


def _perhaps(
    start: str, wanted: str, choices: Iterable[str], end: str = "", *, cutoff: float = 0.75
) -> str | None:
    close = difflib.get_close_matches(wanted[:200], list(choices), n=1, cutoff=cutoff)
    return f"{start}{close[0]}{end}" if close else None
