-- Heads are the commonest wordings with the commonest words, so that one topic does not take all.
-- Every question joins the commonest wording with which it shares half of the longer one's words.
-- All wordings against all would be the square of a month.
create or replace function private.alike_questions(p_since timestamptz, p_heads integer)
returns table (run_id uuid, language text, conversation_id uuid, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with wordings as materialized (
    select * from private.question_wordings(p_since)
  ),

  heads as materialized (
    select * from wordings where wordings.place in (
      select min(one.place) from wordings as one cross join lateral unnest(one.terms) as said (term)
      group by one.language, said.term order by count(*) desc limit p_heads
    )
  ),

  words as materialized (
    select heads.place, heads.language, cardinality(heads.terms) as size, words.term
    from heads
    cross join lateral unnest(heads.terms) as words (term)
    where not exists (
      select
      from heads as before
      where before.place < heads.place
        and before.language = heads.language
        and private.share_words(before.terms, heads.terms)
    )
  ),

  shared as (
    select own.place, words.place as head
    from wordings as own
    cross join lateral unnest(own.terms) as said (term)
    join words on words.term = said.term and words.language = own.language
    group by own.place, words.place
    having 2 * count(*) >= greatest(max(cardinality(own.terms)), max(words.size))
  )

  select head.run_id, asked.language, asked.conversation_id, asked.asked_at
  from (select shared.place, min(shared.head) as head from shared group by shared.place) as nearest
  join wordings on wordings.place = nearest.place
  join wordings as head on head.place = nearest.head
  join private.missed_questions(p_since) as asked
    on asked.language = wordings.language and asked.terms = wordings.terms;
end;
$$;

comment on function private.alike_questions is
'The questions since then that no article answered, each with the run whose wording stands for it.';
revoke all on function private.alike_questions from public;
grant execute on function private.alike_questions to authenticated, service_role;
