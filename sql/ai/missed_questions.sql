create or replace function private.missed_questions(p_since timestamptz)
returns setof private.open_questions
language sql
stable
security invoker
set search_path = ''
as $$
  select asked.*
  from private.open_questions as asked
  where asked.asked_at >= p_since
    and asked.is_missed;
$$;

comment on function private.missed_questions is
'The questions since then that no article answered.';
revoke all on function private.missed_questions from public;
grant execute on function private.missed_questions to authenticated, service_role;
