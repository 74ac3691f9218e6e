create or replace function private.question_wordings(p_since timestamptz)
returns table (place bigint, language text, terms text[], run_id uuid)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    row_number() over (
      order by count(*) desc, max(asked.asked_at) desc, min(asked.run_id::text)
    ),
    asked.language, asked.terms,
    min(asked.run_id::text)::uuid
  from private.missed_questions(p_since) as asked
  group by asked.language, asked.terms;
end;
$$;

comment on function private.question_wordings is
'The questions since then that no article answered, by their words, the commonest first, each with
a run that was asked so.';
revoke all on function private.question_wordings from public;
grant execute on function private.question_wordings to authenticated, service_role;
