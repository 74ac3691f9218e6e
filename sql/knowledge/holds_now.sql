create or replace function private.holds_now(p_article public.knowledge_articles)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_article.is_published
    and clock_timestamp() >= coalesce(p_article.valid_from, '-infinity')
    and clock_timestamp() < coalesce(p_article.valid_until, 'infinity');
end;
$$;

comment on function private.holds_now is
'Whether an article may be answered from at this moment.';
revoke all on function private.holds_now from public;
grant execute on function private.holds_now to authenticated, service_role;
