create or replace function private.verdict_by_words(p_said text, p_reply text, p_article_id text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_ours double precision := private.shared_words(p_said, p_reply);
  v_theirs double precision := private.shared_words(p_reply, p_said);
  v_held double precision := (
    select private.shared_words(p_said, knowledge_articles.body)
    from public.knowledge_articles
    where knowledge_articles.id = private.uuid_of(p_article_id)
  );
begin
  return case
    when v_ours >= 0.5 and v_theirs >= 0.5 then 'right'
    when v_ours < 0.1 and v_theirs < 0.1 and coalesce(v_held, 0) < 0.1 then 'wrong'
  end;
end;
$$;

comment on function private.verdict_by_words is
'right where two answers share half of their words, seen from either; wrong where they share hardly
any and the article holds hardly any of the person''s either; null in between and where there is
too little to compare.';
revoke all on function private.verdict_by_words from public;
grant execute on function private.verdict_by_words to authenticated, service_role;
