create or replace function private.unresolved_share(
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when count(*) >= greatest(p_minimum, 1)
        then count(*) filter (where judged.resolved = 'no')::double precision / count(*)
    end
    from private.ai_cases(p_since, p_until) as cases
    cross join lateral private.judge_case(
      cases.conversation_id, cases.customer_id, cases.first_at, cases.last_answer_at
    ) as judged
  );
end;
$$;

comment on function private.unresolved_share is
'The share of conversations that needed a person; null for fewer than p_minimum.';
revoke all on function private.unresolved_share from public;
grant execute on function private.unresolved_share to service_role;
