create or replace function private.version_article()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.version_article is
'Trigger: counts the versions of an article''s text.';
revoke all on function private.version_article from public;

create trigger version_article before update on public.knowledge_articles
for each row
when ((old.title, old.body, old.phrasings) is distinct from (new.title, new.body, new.phrasings))
execute function private.version_article();

create trigger audit_knowledge_articles
after insert or update or delete on public.knowledge_articles
for each row execute function private.audit_change();
