create or replace function private.apply_suggestion(
  p_suggestion public.knowledge_suggestions,
  p_edited jsonb
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_question text := coalesce(p_edited ->> 'question', p_suggestion.question);
  v_title text := coalesce(p_edited ->> 'title', v_question);
  v_body text := coalesce(p_edited ->> 'body', p_suggestion.answer);
  v_id uuid := p_suggestion.article_id;
begin
  perform private.refuse_unless(
    p_suggestion.kind = 'article' or p_edited ->> edited.name is null,
    format('a phrasing has no %s', edited.name), 'question is all that can be edited of it'
  )
  from unnest('{title,body,language}'::text[]) as edited (name);
  if concat_ws(' ', v_title, v_body, v_question) ~ '\[(?:e-mail|name|number)\]' then
    raise exception 'a masked place is left in the text'
    using errcode = 'PT400', hint = 'Give the text without it in p_edited: question, title, body.';
  end if;

  if p_suggestion.kind = 'article' then
    insert into public.knowledge_articles (title, body, language, phrasings)
    values (
      v_title, v_body, coalesce(p_edited ->> 'language', p_suggestion.language), array[v_question]
    )
    returning knowledge_articles.id into v_id;
  else
    update public.knowledge_articles
    set phrasings = array_append(knowledge_articles.phrasings, v_question)
    where knowledge_articles.id = v_id and v_question <> all (knowledge_articles.phrasings);
  end if;
  return v_id;
end;
$$;

comment on function private.apply_suggestion is
'Writes the article or the phrasing that was approved, as somebody edited it: {question, title,
body, language}. PT400.';
revoke all on function private.apply_suggestion from public;
grant execute on function private.apply_suggestion to service_role;
