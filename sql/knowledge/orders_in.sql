-- The worker looks at as much of a text: `worker.guard.attacks.LOOKED_AT`.
create or replace function private.orders_in(p_article public.knowledge_articles)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    private.addresses_assistant(p_article.title),
    private.addresses_assistant(left(p_article.body, 8000))
  );
end;
$$;

comment on function private.orders_in is
'The words by which an article gives the assistant orders, null where it gives none: whatever else
it says, no customer is answered from it.';
revoke all on function private.orders_in from public;
grant execute on function private.orders_in to authenticated, service_role;
