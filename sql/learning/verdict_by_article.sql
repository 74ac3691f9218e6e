create or replace function private.verdict_by_article(p_said text, p_article_id text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_found record;
begin
  select
    max(found.coverage) filter (where found.article_id::text = p_article_id) as cited,
    max(found.coverage) filter (where found.article_id::text is distinct from p_article_id)
      as other
  into v_found
  from public.search_knowledge(p_said, null, 5) as found;

  return case
    when coalesce(v_found.cited, 0) >= greatest(0.3, coalesce(v_found.other, 0) + 0.1)
      then 'right'
    when coalesce(v_found.other, 0) >= greatest(0.3, coalesce(v_found.cited, 0) + 0.1)
      then 'wrong'
  end;
end;
$$;

comment on function private.verdict_by_article is
'right where a person''s words are covered best by the article that is cited, wrong where another
one covers them clearly better, null where none stands out.';
revoke all on function private.verdict_by_article from public;
grant execute on function private.verdict_by_article to authenticated, service_role;
