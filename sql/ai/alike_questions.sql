-- Of each word the commonest wording that has it may be a head: a wording joins the commonest of
-- those of its own words with which it shares half of the longer one's words, and goes with it to
-- the head of that one. All wordings against all would be the square of a month.
-- The planner takes every step for a handful of rows, and would sort them all for merges.
create or replace function private.alike_questions(p_since timestamptz)
returns table (run_id uuid, language text, conversation_id uuid, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
set work_mem = '32MB'
set enable_mergejoin = off
as $$
begin
  return query
  with wordings as materialized (
    select * from private.question_wordings(p_since)
  ),

  said as materialized (
    select wordings.place, wordings.language, words.term
    from wordings
    cross join lateral unnest(wordings.terms) as words (term)
  ),

  pairs as (
    select distinct said.place, heads.head
    from said
    join (
      select said.language, said.term, min(said.place) as head
      from said
      group by said.language, said.term
    ) as heads on heads.term = said.term and heads.language = said.language
    where heads.head < said.place
  ),

  near as materialized (
    select pairs.place, min(pairs.head) as head
    from pairs
    join wordings as own on own.place = pairs.place
    join wordings as head on head.place = pairs.head
    where 2 * (
      select count(*) from unnest(own.terms) as words (term) where words.term = any (head.terms)
    ) >= greatest(cardinality(own.terms), cardinality(head.terms))
    group by pairs.place
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
