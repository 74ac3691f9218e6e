create or replace function private.unused_because(p_article public.knowledge_articles)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_orders text := private.orders_in(p_article);
begin
  return case
    when v_orders is not null
      then format('it gives the assistant orders ("%s"): reword them', left(v_orders, 100))
    when not p_article.is_published then 'it is not published'
    when clock_timestamp() < p_article.valid_from
      then format('it holds from %s on', p_article.valid_from::date)
    when clock_timestamp() >= p_article.valid_until
      then format('it held until %s', p_article.valid_until::date)
  end;
end;
$$;

comment on function private.unused_because is
'Why nobody is answered from an article now, and what helps; null where people may be.';
revoke all on function private.unused_because from public;
grant execute on function private.unused_because to authenticated, service_role;
