create or replace function private.tag_article()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  new.language := private.require_language(new.language);
  return new;
end;
$$;

comment on function private.tag_article is
'Trigger: an article is in a language that there is, in one spelling. PT400.';
revoke all on function private.tag_article from public;

-- Before version_article, by its name: another spelling is no other text.
create trigger tag_article before insert or update of language on public.knowledge_articles
for each row execute function private.tag_article();
