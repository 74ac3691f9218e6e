create or replace function private.keep_seen(p_seen jsonb)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_knowledge jsonb := case
    when jsonb_typeof(p_seen -> 'knowledge') = 'array' then p_seen -> 'knowledge' else '[]'
  end;
begin
  if coalesce(jsonb_typeof(p_seen), 'null') <> 'object' then
    return '{}';
  end if;

  perform private.keep_texts(
    array(
      select left(texts.content, 20000)
      from jsonb_array_elements(v_knowledge) as passages (passage)
      cross join lateral (
        values (passages.passage ->> 'article'), (passages.passage ->> 'content')
      ) as texts (content)
    ) || left(p_seen ->> 'instructions', 20000)
  );
  return jsonb_build_object(
    'language', left(p_seen ->> 'language', 35),
    'history', case
      when jsonb_typeof(p_seen -> 'history') = 'array' then p_seen -> 'history' else '[]'
    end,
    'instructions', private.text_hash(left(p_seen ->> 'instructions', 20000)),
    'knowledge', (
      select coalesce(jsonb_agg(private.seen_passage(passages.passage)), '[]')
      from jsonb_array_elements(v_knowledge) as passages (passage)
    )
  );
end;
$$;

comment on function private.keep_seen is
'Keeps what an answer rests on so that it can be told when the article has changed or is gone (U5):
{language, history: [seq], instructions: hash, knowledge: [{article_id, version, text: hash, ...}]},
the texts once each in run_texts.';
revoke all on function private.keep_seen from public;
grant execute on function private.keep_seen to service_role;
