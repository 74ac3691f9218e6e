alter table public.knowledge_articles enable row level security;
alter table public.knowledge_versions enable row level security;
alter table public.knowledge_chunks enable row level security;
alter table private.knowledge_terms enable row level security;
alter table private.knowledge_term_changes enable row level security;

revoke all on table public.knowledge_articles from public, anon, authenticated, service_role;
revoke all on table public.knowledge_versions from public, anon, authenticated, service_role;
revoke all on table public.knowledge_chunks from public, anon, authenticated, service_role;
revoke all on table private.knowledge_terms from public, anon, authenticated, service_role;
revoke all on table private.knowledge_term_changes
from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.knowledge_articles to authenticated;
grant select on table public.knowledge_versions to authenticated;
grant select on table public.knowledge_chunks to authenticated;
grant select on table private.knowledge_terms to authenticated;
grant select on table private.knowledge_term_changes to authenticated;
grant select, insert, update, delete on table public.knowledge_articles to service_role;
grant select on table public.knowledge_versions to service_role;
grant select, insert, update, delete on table public.knowledge_chunks to service_role;
grant select, insert, update, delete on table private.knowledge_terms to service_role;
grant select, insert, update, delete on table private.knowledge_term_changes to service_role;

create policy "agents see articles, customers the published" on public.knowledge_articles
for select to authenticated using (
  (select private.is_agent())
  or (
    is_published
    and visibility = 'public'
    and now() >= coalesce(valid_from, '-infinity')
    and now() < coalesce(valid_until, 'infinity')
  )
);

create policy "admins add articles" on public.knowledge_articles
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change articles" on public.knowledge_articles
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove articles" on public.knowledge_articles
for delete to authenticated using ((select private.is_admin()));

create policy "agents see chunks" on public.knowledge_chunks
for select to authenticated using ((select private.is_agent()));

create policy "agents see terms" on private.knowledge_terms
for select to authenticated using ((select private.is_agent()));

create policy "agents see changes of terms" on private.knowledge_term_changes
for select to authenticated using ((select private.is_agent()));

create policy "agents see versions" on public.knowledge_versions
for select to authenticated using ((select private.is_agent()));
