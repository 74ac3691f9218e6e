-- Common words are in far too many pieces to go through them all, and tell little: pieces are found
-- by the rare ones, and all of them count for the best of those.
create or replace function private.cover_question(
  p_question text,
  p_language text,
  p_for_agents boolean default false
)
returns table (
  chunk_id uuid,
  article_id uuid,
  coverage double precision,
  score double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_most_pieces constant integer := 3000;
  v_candidates constant integer := 30;
  v_words private.sought_word[];
begin
  select array_agg(
    (
      private.query_for(weighed.term, length(weighed.term)),
      private.query_for(weighed.term, private.stem_length(weighed.term)),
      private.letter_runs(weighed.word),
      weighed.articles,
      weighed.weight
    )::private.sought_word
    order by weighed.articles, weighed.term
  ) into v_words
  from private.weigh_question(p_question, p_language) as weighed;

  return query
  select
    pieces.id, pieces.article_id,
    held.exact / (1 + 0.01 * length(pieces.terms)),
    (held.exact + held.alike) / 2 / private.length_penalty(p_language, pieces.terms)
  from private.pieces_with(
    v_words, p_language, v_most_pieces, v_candidates, p_for_agents
  ) as pieces
  cross join lateral private.held_share(pieces.content, pieces.terms, v_words) as held;
end;
$$;

comment on function private.cover_question is
'How much of a question''s weight the best pieces of valid published articles hold, 0 to 1, and
the score to rank them by.';
revoke all on function private.cover_question from public;
grant execute on function private.cover_question to authenticated, service_role;
