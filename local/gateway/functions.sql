-- What the Realtime half of the gateway asks of the database: only its own superuser connection
-- may execute these. Those that judge for a client step down to the client's role with set_config
-- and step back before they return; in between they run nothing but the built-in functions and the
-- project's own policies. Those policies expect the database's usual search_path, so these
-- functions, unlike all others, do not set one.

-- Probe rows show whether the policies of realtime.messages let a client read a topic. They are
-- always rolled back, so they never reach the log and nobody hears of them.
create or replace function gateway.may_read(p_topic text, p_claims jsonb)
returns jsonb
language plpgsql
volatile
security invoker
as $$
declare
  v_broadcast uuid;
  v_presence uuid;
  v_answer jsonb := '{"broadcast": false, "presence": false}';
begin
  begin
    insert into realtime.messages (topic, extension) values (p_topic, 'broadcast')
    returning messages.id into v_broadcast;

    insert into realtime.messages (topic, extension) values (p_topic, 'presence')
    returning messages.id into v_presence;

    perform
      pg_catalog.set_config('realtime.topic', p_topic, true),
      pg_catalog.set_config('request.jwt.claims', p_claims::text, true),
      pg_catalog.set_config('request.jwt.claim.sub', coalesce(p_claims ->> 'sub', ''), true),
      pg_catalog.set_config('request.jwt.claim.role', p_claims ->> 'role', true),
      pg_catalog.set_config('role', p_claims ->> 'role', true);

    select
      pg_catalog.jsonb_build_object(
        'broadcast', coalesce(pg_catalog.bool_or(messages.id = v_broadcast), false),
        'presence', coalesce(pg_catalog.bool_or(messages.id = v_presence), false)
      )
    into v_answer
    from realtime.messages
    where messages.id in (v_broadcast, v_presence) and messages.topic = p_topic;

    raise exception using errcode = 'GW000';
  exception
    when sqlstate 'GW000' then null;
    when insufficient_privilege then null;
  end;

  return v_answer;
end;
$$;

comment on function gateway.may_read is
'Says which extensions of a private topic these claims may read.';

-- The same for writing: one probe row per extension, each inserted as the client.
create or replace function gateway.may_write(p_topic text, p_claims jsonb)
returns jsonb
language plpgsql
volatile
security invoker
as $$
declare
  v_extension text;
  v_answer jsonb := '{"broadcast": false, "presence": false}';
begin
  foreach v_extension in array array['broadcast', 'presence'] loop
    begin
      perform
        pg_catalog.set_config('realtime.topic', p_topic, true),
        pg_catalog.set_config('request.jwt.claims', p_claims::text, true),
        pg_catalog.set_config('request.jwt.claim.sub', coalesce(p_claims ->> 'sub', ''), true),
        pg_catalog.set_config('request.jwt.claim.role', p_claims ->> 'role', true),
        pg_catalog.set_config('role', p_claims ->> 'role', true);

      insert into realtime.messages (topic, extension) values (p_topic, v_extension);

      v_answer := v_answer || pg_catalog.jsonb_build_object(v_extension, true);
      raise exception using errcode = 'GW000';
    exception
      when sqlstate 'GW000' then null;
      when insufficient_privilege then null;
    end;
  end loop;

  return v_answer;
end;
$$;

comment on function gateway.may_write is
'Says which extensions of a private topic these claims may write.';

-- One condition of a subscription against one value, both as text. Null (no value) is no match.
create or replace function gateway.matches(p_type text, p_value text, p_filter jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_operator text := p_filter ->> 'operator';
  v_operand text := p_filter ->> 'value';
  v_symbols jsonb := '{"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
    "like": "~~", "ilike": "~~*", "match": "~", "imatch": "~*", "isdistinct": "is distinct from"}';
  v_is_match boolean;
begin
  execute case v_operator
    when 'in' then
      format('select %L::%s = any (%L::%s[])', p_value, p_type, v_operand, p_type)
    when 'is' then
      format('select %L::%s is %s', p_value, p_type, v_operand)
    else
      format(
        'select %L::%s %s %L::%s', p_value, p_type, v_symbols ->> v_operator, v_operand, p_type
      )
  end
  into v_is_match;

  return coalesce(v_is_match <> (p_filter ->> 'negate')::boolean, false);
end;
$$;

comment on function gateway.matches is
'Decides one filter condition; the type is a name from format_type, the operator a known word.';

-- Tables of the publication that a subscription means, and whether it may filter and select there.
create or replace function gateway.check_subscription(
  p_schema text, p_table text, p_role text, p_filters jsonb, p_select text[]
)
returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_table regclass;
  v_tables integer := 0;
begin
  for v_table in
    select format('%I.%I', tables.schemaname, tables.tablename)::regclass
    from pg_catalog.pg_publication_tables as tables
    where
      tables.pubname = 'supabase_realtime'
      and p_schema in ('*', tables.schemaname)
      and p_table in ('*', tables.tablename)
  loop
    v_tables := v_tables + 1;
    perform gateway.check_filters(v_table, p_role, p_filters);
    perform gateway.check_columns(v_table, p_role, p_select);
  end loop;

  return v_tables;
end;
$$;

comment on function gateway.check_subscription is
'Counts the published tables a subscription means; raises when a filter or column is not valid.';

create or replace function gateway.check_filters(p_table regclass, p_role text, p_filters jsonb)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_filter jsonb;
  v_type text;
begin
  for v_filter in select filters.value from pg_catalog.jsonb_array_elements(p_filters) as filters loop
    v_type := gateway.readable_type(p_table, p_role, v_filter ->> 'column');

    if v_type is null then
      raise exception 'invalid column for filter %', v_filter ->> 'column';
    end if;

    -- A pattern is only looked at when there is something to match it with.
    perform gateway.matches(
      v_type, case when v_filter ->> 'operator' in ('match', 'imatch') then '' end, v_filter
    );
  end loop;
end;
$$;

comment on function gateway.check_filters is
'Raises unless every filter names a column the role may read and a value of its type.';

create or replace function gateway.check_columns(p_table regclass, p_role text, p_columns text[])
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_column text;
begin
  foreach v_column in array coalesce(p_columns, '{}') loop
    if gateway.readable_type(p_table, p_role, v_column) is null then
      raise exception 'invalid column for select %', v_column;
    end if;
  end loop;
end;
$$;

comment on function gateway.check_columns is
'Raises unless every column exists and may be read by the role.';

create or replace function gateway.readable_type(p_table regclass, p_role text, p_column text)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select pg_catalog.format_type(attributes.atttypid, null)
  from pg_catalog.pg_attribute as attributes
  where
    attributes.attrelid = p_table
    and attributes.attname = p_column
    and attributes.attnum > 0
    and not attributes.attisdropped
    and pg_catalog.has_column_privilege(p_role, p_table, attributes.attnum, 'select')
$$;

comment on function gateway.readable_type is
'The type of a column the role may read; null when there is none.';

-- What the log does not say about a table: its key, and for each column the name of its type, the
-- type below domains, and the type of its elements when it is an array.
create or replace function gateway.describe(p_table oid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  with recursive bases as (
    select
      types.oid as declared,
      types.oid as base,
      types.typtype as kind,
      types.typbasetype as next,
      types.typelem as element,
      types.typlen as length,
      types.typdelim as delimiter
    from pg_catalog.pg_type as types
    where types.oid in (
      select attributes.atttypid from pg_catalog.pg_attribute as attributes
      where attributes.attrelid = p_table and attributes.attnum > 0
    )
    union all
    select
      bases.declared,
      types.oid,
      types.typtype,
      types.typbasetype,
      types.typelem,
      types.typlen,
      types.typdelim
    from bases
    inner join pg_catalog.pg_type as types on bases.next = types.oid
    where bases.kind = 'd'
  )

  select pg_catalog.jsonb_build_object(
    'primary_key', coalesce((
      select pg_catalog.jsonb_agg(attributes.attname)
      from pg_catalog.pg_index as indexes
      inner join pg_catalog.pg_attribute as attributes
        on indexes.indrelid = attributes.attrelid and attributes.attnum = any (indexes.indkey)
      where indexes.indrelid = p_table and indexes.indisprimary
    ), '[]'),
    'columns', coalesce((
      select pg_catalog.jsonb_object_agg(attributes.attname, pg_catalog.jsonb_build_object(
        'name', types.typname,
        'base', bases.base::bigint,
        'element', case
          when bases.element <> 0 and bases.length = -1
            then coalesce(nullif(elements.typbasetype, 0), elements.oid)::bigint
        end,
        'delimiter', coalesce(elements.typdelim, ','),
        'is_row', 'c' in (bases.kind, elements.typtype)
      ))
      from pg_catalog.pg_attribute as attributes
      inner join pg_catalog.pg_type as types on attributes.atttypid = types.oid
      inner join bases on attributes.atttypid = bases.declared and bases.kind <> 'd'
      left join pg_catalog.pg_type as elements on bases.element = elements.oid
      where attributes.attrelid = p_table and attributes.attnum > 0 and not attributes.attisdropped
    ), '{}')
  )
$$;

comment on function gateway.describe is
'The primary key of a table and the types of its columns, down to what JSON makes of them.';

create or replace function gateway.as_json(p_table oid, p_column text, p_value text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_json text;
begin
  execute (
    select format(
      'select pg_catalog.to_jsonb(%L::%s)::text',
      p_value,
      pg_catalog.format_type(attributes.atttypid, attributes.atttypmod)
    )
    from pg_catalog.pg_attribute as attributes
    where attributes.attrelid = p_table and attributes.attname = p_column
  )
  into v_json;

  return v_json;
end;
$$;

comment on function gateway.as_json is
'JSON of a value that only the server can take apart: rows and arrays of rows.';

-- Which audiences (role, claims, filters) see a change. Privileges and policies are read now, at
-- every event: nothing about who may see what is ever remembered.
create or replace function gateway.who_sees(
  p_table oid, p_is_delete boolean, p_key jsonb, p_values jsonb, p_audiences jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
as $$
declare
  v_has_rls boolean;
  v_sees boolean;
  v_audience record;
  v_answers jsonb := '{}';
  v_failure text;
begin
  select classes.relrowsecurity into v_has_rls
  from pg_catalog.pg_class as classes
  where classes.oid = p_table;

  if not found then
    return null;
  end if;

  if v_has_rls and not p_is_delete then
    perform gateway.prepare_row_check(p_table, p_key);
  end if;

  for v_audience in
    select (audiences.ordinality - 1)::text as place, audiences.value
    from pg_catalog.jsonb_array_elements(p_audiences) with ordinality as audiences
    order by audiences.value ->> 'role'
  loop
    v_sees := gateway.passes(
      p_table, v_audience.value ->> 'role', p_values, v_audience.value -> 'filters'
    );

    if v_sees and v_has_rls and not p_is_delete then
      begin
        perform
          pg_catalog.set_config('request.jwt.claims', v_audience.value ->> 'claims', true),
          pg_catalog.set_config('role', v_audience.value ->> 'role', true);
        execute 'execute gateway_row' into v_sees;
      exception when others then
        v_sees := false;
        v_failure := sqlstate;
      end;
      perform pg_catalog.set_config('role', 'none', true);
    end if;

    v_answers := v_answers || pg_catalog.jsonb_build_object(v_audience.place, v_sees);
  end loop;

  return pg_catalog.jsonb_build_object(
    'rls', v_has_rls,
    'columns', gateway.readable_columns(p_table, p_audiences),
    'sees', v_answers,
    'failure', v_failure
  );
end;
$$;

comment on function gateway.who_sees is
'Decides for each audience whether it sees a change, and which columns each role may read.';

create or replace function gateway.prepare_row_check(p_table oid, p_key jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_condition text;
begin
  if exists (
    select from pg_catalog.pg_prepared_statements as statements
    where statements.name = 'gateway_row'
  ) then
    deallocate gateway_row;
  end if;

  select string_agg(
    format(
      '%I = %L::%s',
      attributes.attname,
      p_key ->> attributes.attname::text,
      pg_catalog.format_type(attributes.atttypid, attributes.atttypmod)
    ), ' and '
  )
  into v_condition
  from pg_catalog.pg_attribute as attributes
  where attributes.attrelid = p_table and p_key ? attributes.attname::text;

  execute format(
    'prepare gateway_row as select exists (select from %s where %s)',
    p_table::regclass,
    coalesce(v_condition, 'false')
  );
end;
$$;

comment on function gateway.prepare_row_check is
'Prepares the question whether a row is visible, to be asked once per identity.';

create or replace function gateway.passes(
  p_table oid, p_role text, p_values jsonb, p_filters jsonb
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_filter jsonb;
  v_type text;
begin
  if p_filters = '[]' then
    return true;
  end if;

  for v_filter in select filters.value from pg_catalog.jsonb_array_elements(p_filters) as filters loop
    v_type := gateway.readable_type(p_table, p_role, v_filter ->> 'column');

    if v_type is null or not p_values ? (v_filter ->> 'column') then
      return false;
    end if;

    if not gateway.matches(v_type, p_values ->> (v_filter ->> 'column'), v_filter) then
      return false;
    end if;
  end loop;

  return true;
exception
  -- One subscriber's filter must not keep a change from the others.
  when others then return false;
end;
$$;

comment on function gateway.passes is
'Whether all filters hold; one on a column that is missing or may not be read never does.';

create or replace function gateway.readable_columns(p_table oid, p_audiences jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select pg_catalog.jsonb_object_agg(roles.role, coalesce((
    select pg_catalog.jsonb_agg(attributes.attname)
    from pg_catalog.pg_attribute as attributes
    where
      attributes.attrelid = p_table
      and attributes.attnum > 0
      and not attributes.attisdropped
      and pg_catalog.has_column_privilege(roles.role, p_table, attributes.attnum, 'select')
  ), '[]'))
  from (
    select distinct audiences.value ->> 'role' as role
    from pg_catalog.jsonb_array_elements(p_audiences) as audiences
  ) as roles
$$;

comment on function gateway.readable_columns is
'For each role among the audiences, the columns it may read at this moment.';

-- The newest stored broadcasts of a private topic, oldest first.
create or replace function gateway.replay(p_topic text, p_since timestamptz, p_limit integer)
returns table (id uuid, event text, payload text)
language sql
stable
security invoker
set search_path = ''
as $$
  select newest.id, newest.event, newest.payload::text
  from (
    select messages.*, messages.tableoid as part, messages.ctid as place
    from realtime.messages
    where
      messages.topic = p_topic
      and messages.private
      and messages.extension = 'broadcast'
      and messages.payload is not null
      and messages.inserted_at >= p_since at time zone 'utc'
    order by messages.inserted_at desc, messages.tableoid desc, messages.ctid desc
    limit p_limit
  ) as newest
  order by newest.inserted_at, newest.part, newest.place
$$;

comment on function gateway.replay is
'The last broadcasts of a private topic since a moment; rows of one moment in stored order.';

revoke all on all functions in schema gateway from public;
