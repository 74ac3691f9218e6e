-- Security definer: admins edit articles; their history is nobody's to write.
create or replace function private.keep_version()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into public.knowledge_versions (
    article_id, version, title, body, phrasings, language, changed_by
  )
  values (
    new.id, new.version, new.title, new.body, new.phrasings, new.language, (select auth.uid())
  );
  return null;
end;
$$;

comment on function private.keep_version is
'Trigger: keeps the text of an article that is new or changed, beside those it had before.';
revoke all on function private.keep_version from public;

create trigger keep_version
after insert on public.knowledge_articles
for each row execute function private.keep_version();

create trigger keep_version_again
after update on public.knowledge_articles
for each row
when (old.version is distinct from new.version)
execute function private.keep_version();
