-- Of each word the commonest wording that has it may be a head: a wording joins the commonest of
-- those of its own words with which it shares half of the longer one's words, and goes with it to
-- the head of that one. All wordings against all would be the square of a month.
-- The planner takes every step for a handful of rows, and would sort them all or go through them in
-- loops. Words in common are counted by what ts_delete leaves of them, in one call for each pair.
create or replace function private.alike_questions(p_since timestamptz)
returns table (run_id uuid, language text, conversation_id uuid, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
set work_mem = '32MB'
set enable_mergejoin = off
set enable_nestloop = off
set enable_sort = off
as $$
begin
  return query
  with wordings as materialized (
    select found.*, array_to_tsvector(found.terms) as lexemes
    from private.question_wordings(p_since) as found
  ),

  said as materialized (
    select wordings.place, wordings.language, words.term
    from wordings
    cross join lateral unnest(wordings.terms) as words (term)
  ),

  heads as materialized (
    select said.language, said.term, min(said.place) as place
    from said
    group by said.language, said.term
  ),

  near as materialized (
    select said.place, min(heads.place) as head
    from said
    join heads on heads.term = said.term and heads.language = said.language
    join wordings as own on own.place = said.place
    join wordings as head on head.place = heads.place
    where heads.place < said.place
      and 2 * (cardinality(own.terms) - length(ts_delete(own.lexemes, head.terms)))
      >= greatest(cardinality(own.terms), cardinality(head.terms))
    group by said.place
  )

  select head.run_id, own.language, unnest(own.conversation_ids), own.last_asked
  from wordings as own
  left join near on near.place = own.place
  left join near as further on further.place = near.head
  join wordings as head on head.place = coalesce(further.head, near.head, own.place);
end;
$$;

comment on function private.alike_questions is
'The questions since then that no article answered, each with the run whose wording stands for it.';
revoke all on function private.alike_questions from public;
grant execute on function private.alike_questions to authenticated, service_role;
