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
  v_name text;
begin
  for v_item in
    select items.*
    from unnest(p_items) as items
    where items.item ->> 'kind' = 'account_event'
    order by items.place
  loop
    v_name := v_item.item ->> 'name';
    if v_name like 'message_template%' or v_name = 'template_category_update' then
      perform private.apply_template_news(p_channel_type, v_name, v_item.item -> 'data');
      perform private.broadcast(array['worker'], array['templates'], array['{}'::jsonb]);
    elsif v_name = 'user_preferences' then
      perform private.apply_preferences(v_item.channel_id, v_item.item -> 'data');
    elsif v_name ~ '^(account_|phone_number_|business_|security)' then
      perform private.raise_alert('account', 'warning', private.account_news(
        p_channel_type, v_item.item
      ), null, v_item.channel_id);
    end if;
  end loop;
end;
$$;

comment on function private.apply_account_events is
'News of accounts that something follows from: templates, what customers wish, and trouble, which
admins are told. The rest stays with its request alone.';
revoke all on function private.apply_account_events from public;
grant execute on function private.apply_account_events to service_role;
