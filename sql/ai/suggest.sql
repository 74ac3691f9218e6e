create or replace function private.suggest(
  p_kind text,
  p_article_id uuid,
  p_conversation_id uuid,
  p_question text,
  p_answer text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_names text[] := private.names_in(p_conversation_id);
  v_question text := left(btrim(private.masked_text(p_question, v_names)), 500);
  v_language text := coalesce((
    select conversations.language
    from public.conversations
    where conversations.id = p_conversation_id
  ), 'en');
  v_terms text[] := private.asked_terms(
    regexp_replace(v_question, '\[(?:e-mail|name|number)\]', ' ', 'g'), v_language
  );
  v_known uuid := private.like_suggestion(p_kind, p_article_id, v_language, v_terms);
begin
  if cardinality(v_terms) = 0 then
    return;
  end if;

  if v_known is not null then
    update public.knowledge_suggestions
    set
      count = knowledge_suggestions.count + 1,
      last_asked_at = clock_timestamp(),
      conversation_ids = (knowledge_suggestions.conversation_ids || p_conversation_id)[:5]
    where knowledge_suggestions.id = v_known
      and p_conversation_id <> all (knowledge_suggestions.conversation_ids);
    return;
  end if;

  insert into public.knowledge_suggestions (
    kind, article_id, question, answer, language, terms, conversation_ids
  )
  values (
    p_kind, p_article_id, v_question, left(private.masked_text(p_answer, v_names), 5000),
    v_language, v_terms, array[p_conversation_id]
  );
end;
$$;

comment on function private.suggest is
'Proposes an article or a phrasing, without personal data; one that is known (refused ones too) is
counted instead, and what says nothing but courtesies and masked places is none.';
revoke all on function private.suggest from public;
grant execute on function private.suggest to service_role;
