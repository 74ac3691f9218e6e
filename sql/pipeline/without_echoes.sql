create or replace function private.without_echoes(p_items private.inbound_item[])
returns private.inbound_item[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_own text[] := '{}';
begin
  select coalesce(array_agg(own.external_id), '{}') into v_own
  from (
    select items.channel_id, jsonb_agg(items.item order by items.place) as echoes
    from unnest(p_items) as items
    where items.item ->> 'sender' = 'agent'
    group by items.channel_id
    order by items.channel_id
  ) as said
  cross join lateral unnest(private.settle_echoes(said.channel_id, said.echoes))
    as own (external_id);

  if v_own = '{}' then
    return p_items;
  end if;
  return array(
    select items
    from unnest(p_items) as items
    where items.item ->> 'sender' is distinct from 'agent'
      or items.item ->> 'external_id' <> all (v_own)
    order by items.place
  );
end;
$$;

comment on function private.without_echoes is
'The events of a batch without the echoes of our own sends, which have settled their deliveries.';
revoke all on function private.without_echoes from public;
grant execute on function private.without_echoes to service_role;
