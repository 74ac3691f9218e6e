create or replace function private.keep_seen(p_seen jsonb)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_passages jsonb[] := array(
    select passages.passage
    from jsonb_array_elements(case
      when jsonb_typeof(p_seen -> 'knowledge') = 'array' then p_seen -> 'knowledge' else '[]'
    end) as passages (passage)
    limit 20
  );
  v_count integer := cardinality(v_passages);
  v_hashes text[];
begin
  if coalesce(jsonb_typeof(p_seen), 'null') <> 'object' then
    return '{}';
  end if;

  v_hashes := private.keep_texts(
    array(
      select left(passages.passage ->> 'article', 20000)
      from unnest(v_passages) as passages (passage)
    )
    || array(
      select left(passages.passage ->> 'content', 20000)
      from unnest(v_passages) as passages (passage)
    )
    || left(p_seen ->> 'instructions', 20000)
  );
  return jsonb_build_object(
    'language', left(p_seen ->> 'language', 35),
    'history', case
      when jsonb_typeof(p_seen -> 'history') = 'array' then p_seen -> 'history' else '[]'
    end,
    'instructions', v_hashes[2 * v_count + 1],
    'looked_up', private.keep_looked_up(p_seen -> 'looked_up'),
    'knowledge', to_jsonb(array(
      select private.seen_passage(
        v_passages[places.place], v_hashes[places.place], v_hashes[v_count + places.place]
      )
      from generate_series(1, v_count) as places (place)
    ))
  );
end;
$$;

comment on function private.keep_seen is
'Keeps what an answer rests on so that it can be told when the article has changed or is gone (U5):
{language, history: [seq], instructions: hash, knowledge: [{article_id, version, text: hash, ...}],
looked_up}, the texts once each in run_texts.';
revoke all on function private.keep_seen from public;
grant execute on function private.keep_seen to service_role;
