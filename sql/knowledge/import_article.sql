create or replace function private.import_article(p_item jsonb, p_dry_run boolean)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_known public.knowledge_articles;
  v_new public.knowledge_articles := jsonb_populate_record(
    null::public.knowledge_articles, p_item - 'id'
  );
  v_flag text;
  v_state text;
begin
  v_new.title := btrim(v_new.title);
  v_new.language := private.require_language(v_new.language);
  v_new.phrasings := coalesce(v_new.phrasings, '{}');
  v_known := private.known_article(p_item);

  v_state := case
    when v_known.id is null then 'added'
    when (v_known.title, v_known.body, v_known.language, v_known.phrasings)
      is distinct from (v_new.title, v_new.body, v_new.language, v_new.phrasings) then 'changed'
    else 'unchanged'
  end;
  v_new.is_published := coalesce(v_known.is_published, true);
  if v_state <> 'unchanged' then
    v_flag := private.addresses_assistant(
      concat_ws(E'\n', v_new.title, v_new.body, array_to_string(v_new.phrasings, E'\n'))
    );
    v_new.is_published := v_new.is_published and v_flag is null;
  end if;
  if not p_dry_run
    and (v_state <> 'unchanged' or v_known.imported_from = p_item ->> 'formerly') then
    v_known.id := private.store_article(v_known.id, v_new, p_item);
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'id', v_known.id, 'state', v_state, 'flagged', v_flag,
    'is_held', case when not v_new.is_published then true end
  ));
end;
$$;

comment on function private.import_article is
'Adds or changes an article as a document has it: {id, state: added|changed|unchanged, flagged,
is_held}. What speaks to the assistant is kept unpublished, with the words that do so in flagged;
is_held: it is not published, or was not before.';
revoke all on function private.import_article from public;
grant execute on function private.import_article to authenticated, service_role;
