create or replace function private.question_wordings(p_since timestamptz)
returns table (
  place bigint,
  language text,
  terms text[],
  run_id uuid,
  conversation_ids uuid[],
  last_asked timestamptz
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    row_number() over (order by grouped.times desc, grouped.last_asked desc, grouped.run_id),
    grouped.language, grouped.terms, grouped.run_id, grouped.conversation_ids, grouped.last_asked
  from (
    select
      asked.language, asked.terms, count(*) as times, (array_agg(asked.run_id))[1] as run_id,
      array_agg(asked.conversation_id) as conversation_ids, max(asked.asked_at) as last_asked
    from private.missed_questions(p_since) as asked
    group by asked.language, asked.terms
  ) as grouped;
end;
$$;

comment on function private.question_wordings is
'The questions since then that no article answered, by their words, the commonest first, each with
a run that was asked so, and the conversations.';
revoke all on function private.question_wordings from public;
grant execute on function private.question_wordings to authenticated, service_role;
