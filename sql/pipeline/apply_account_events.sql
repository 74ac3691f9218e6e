create or replace function private.apply_account_events(
  p_channel_type text,
  p_items private.inbound_item[]
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.inbound_item;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'account_event'
      and (items.item ->> 'name' like 'message_template%'
        or items.item ->> 'name' = 'template_category_update')
    order by items.place
  loop
    perform private.apply_template_news(
      p_channel_type, v_item.item ->> 'name', v_item.item -> 'data'
    );
    perform private.broadcast(array['worker'], array['templates'], array['{}'::jsonb]);
  end loop;
end;
$$;

comment on function private.apply_account_events is
'News of accounts that something follows from: templates. The rest stays with its request alone.';
revoke all on function private.apply_account_events from public;
grant execute on function private.apply_account_events to service_role;
