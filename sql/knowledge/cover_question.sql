-- Common words are in far too many pieces to go through them all, and tell little: pieces are found
-- by the rare ones, and all of them count for the best of those.
create or replace function private.cover_question(
  p_question text,
  p_language text,
  p_for_agents boolean default false
)
returns table (chunk_id uuid, article_id uuid, coverage double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_most_pieces constant integer := 4000;
  v_candidates constant integer := 100;
  v_sought tsquery[];
  v_sought_weights double precision[];
  v_exact tsquery[];
  v_near tsquery[];
  v_weights double precision[];
  v_total double precision;
begin
  select
    array_agg(case when ranked.articles = 0 then ranked.near else ranked.query end)
    filter (where ranked.is_rare),
    array_agg(case when ranked.articles = 0 then 0.5 else 1 end * ranked.weight)
    filter (where ranked.is_rare),
    array_agg(ranked.query), array_agg(ranked.near), array_agg(ranked.weight),
    nullif(sum(ranked.weight), 0)
  into v_sought, v_sought_weights, v_exact, v_near, v_weights, v_total
  from (
    select
      weighed.*,
      sum(weighed.articles) over (order by weighed.articles, weighed.term)
      <= greatest(v_most_pieces, min(nullif(weighed.articles, 0)) over ()) as is_rare
    from private.weigh_question(p_question, p_language) as weighed
  ) as ranked;

  return query
  select
    pieces.id, pieces.article_id,
    private.held_weight(pieces.terms, v_exact, v_near, v_weights)
    / v_total / (1 + 0.01 * length(pieces.terms))
  from private.pieces_with(
    v_sought, v_sought_weights, p_language, v_candidates, p_for_agents
  ) as pieces;
end;
$$;

comment on function private.cover_question is
'How much of a question''s weight the best pieces of valid published articles hold, 0 to 1.';
revoke all on function private.cover_question from public;
grant execute on function private.cover_question to authenticated, service_role;
