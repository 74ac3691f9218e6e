create or replace function private.counted(p_number bigint, p_one text, p_many text default null)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select concat(p_number, ' ', case
    when p_number = 1 then p_one
    else coalesce(p_many, p_one || 's')
  end);
$$;

comment on function private.counted is
'So many of a thing, in the number that fits: many where it is no mere s more.';
revoke all on function private.counted from public;
grant execute on function private.counted to authenticated, service_role;
