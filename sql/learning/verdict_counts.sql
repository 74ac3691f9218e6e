create or replace function private.verdict_counts(p_verdicts text[])
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'right', count(*) filter (where verdicts.verdict = 'right'),
    'wrong', count(*) filter (where verdicts.verdict = 'wrong'),
    'unknown', count(*) filter (where verdicts.verdict not in ('right', 'wrong')),
    'wrong_share', count(*) filter (where verdicts.verdict = 'wrong')::double precision
      / nullif(count(*) filter (where verdicts.verdict in ('right', 'wrong')), 0),
    'wrong_bound', private.wrong_bound(
      count(*) filter (where verdicts.verdict = 'wrong'),
      count(*) filter (where verdicts.verdict in ('right', 'wrong'))
    )
  )
  from unnest(coalesce(p_verdicts, '{}')) as verdicts (verdict);
$$;

comment on function private.verdict_counts is
'How many verdicts there are of each kind, the share of wrong ones of those that could be judged,
and what it is at most with 95 % confidence; both null where none could.';
revoke all on function private.verdict_counts from public;
grant execute on function private.verdict_counts to authenticated, service_role;
