create or replace function private.version_article()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    new.version := coalesce((
      select max(knowledge_versions.version) + 1
      from public.knowledge_versions
      where knowledge_versions.article_id = new.id
    ), 1);
    return new;
  end if;

  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.version_article is
'Trigger: counts the versions of an article''s text; one that was deleted and comes back under its
id goes on where it was.';
revoke all on function private.version_article from public;

create trigger version_new_article before insert on public.knowledge_articles
for each row execute function private.version_article();

create trigger version_article before update on public.knowledge_articles
for each row
when (
  (old.title, old.body, old.phrasings, old.language)
  is distinct from (new.title, new.body, new.phrasings, new.language)
)
execute function private.version_article();

create trigger audit_knowledge_articles
after insert or update or delete on public.knowledge_articles
for each row execute function private.audit_change();
