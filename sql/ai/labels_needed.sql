-- The bound is Wilson's, which is too good for a handful: where half of the answers are wrong three
-- right ones come one time in eight. 25 is what 10 % takes, the loosest share ever measured.
create or replace function private.labels_needed(p_max_wrong_rate double precision)
returns integer
language sql
immutable
security invoker
set search_path = ''
as $$
  select greatest(
    25, ceil(1.6448536269514722 ^ 2 * (1 - p_max_wrong_rate) / p_max_wrong_rate)
  )::integer;
$$;

comment on function private.labels_needed is
'So many labelled answers without a wrong one show that no more than this share is wrong: fewer show
nothing. Never fewer than 25.';
revoke all on function private.labels_needed from public;
grant execute on function private.labels_needed to authenticated, service_role;
