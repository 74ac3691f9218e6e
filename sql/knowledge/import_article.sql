create or replace function private.import_article(p_item jsonb, p_dry_run boolean)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_known public.knowledge_articles := private.known_article(p_item);
  v_new public.knowledge_articles := private.article_from(p_item, v_known);
  v_flag text;
  v_state text;
begin
  if (v_known.title, v_known.body, v_known.language, v_known.phrasings)
    is distinct from (v_new.title, v_new.body, v_new.language, v_new.phrasings)
    or v_new.is_published > v_known.is_published then
    v_flag := private.addresses_assistant(
      concat_ws(E'\n', v_new.title, v_new.body, array_to_string(v_new.phrasings, E'\n'))
    );
    v_new.is_published := v_new.is_published and v_flag is null;
  end if;

  v_state := case
    when v_known.id is null then 'added'
    when v_known is distinct from v_new then 'changed'
    else 'unchanged'
  end;

  if not p_dry_run
    and (v_state <> 'unchanged' or v_known.imported_from = p_item ->> 'formerly') then
    v_known.id := private.store_article(v_known.id, v_new, p_item);
  end if;
  return jsonb_strip_nulls(jsonb_build_object(
    'id', v_known.id, 'state', v_state, 'flagged', v_flag,
    'is_held', case
      when not v_new.is_published
        and coalesce(nullif(btrim(p_item ->> 'is_published'), ''), 'true')::boolean then true
    end
  ));
end;
$$;

comment on function private.import_article is
'Adds or changes an article as a document has it: {id, state: added|changed|unchanged, flagged,
is_held}. What speaks to the assistant is kept unpublished, with the words that do so in flagged;
is_held: it is not published, and not because the document says so.';
revoke all on function private.import_article from public;
grant execute on function private.import_article to authenticated, service_role;
