create or replace function private.wrong_bound(p_wrong bigint, p_count bigint)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select (
    share.wrong + z.square / (2 * share.total)
    + sqrt(
      z.square * (share.wrong * (1 - share.wrong) + z.square / (4 * share.total)) / share.total
    )
  ) / (1 + z.square / share.total)
  from (
    values (p_wrong::double precision / nullif(p_count, 0), nullif(p_count, 0)::double precision)
  ) as share (wrong, total)
  cross join (values (1.6448536269514722 ^ 2::double precision)) as z (square);
$$;

comment on function private.wrong_bound is
'At most so large is the true share of wrong ones, with 95 % confidence (Wilson''s bound,
one-sided).';
revoke all on function private.wrong_bound from public;
grant execute on function private.wrong_bound to authenticated, service_role;
