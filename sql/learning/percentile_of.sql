create or replace function private.percentile_of(p_lists jsonb[], p_share double precision)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select percentile_cont(p_share) within group (order by taken.value::double precision)
  from unnest(p_lists) as lists (list)
  cross join lateral jsonb_array_elements_text(lists.list) as taken (value);
$$;

comment on function private.percentile_of is
'A percentile of the numbers of several lists.';
revoke all on function private.percentile_of from public;
grant execute on function private.percentile_of to authenticated, service_role;
