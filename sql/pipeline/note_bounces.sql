create or replace function private.note_bounces(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.mark_unreachable(bounced.delivery_id)
  from (
    select distinct
      private.delivery_of(
        items.channel_id,
        coalesce(items.item ->> 'external_id', items.item #>> '{data,external_id}'), null
      ) as delivery_id
    from unnest(p_items) as items
    where items.channel_id is not null
      and (
        (
          items.item ->> 'kind' = 'receipt'
          and items.item ->> 'status' = 'failed'
          and private.is_hard_bounce(items.item ->> 'error_code')
        )
        or (items.item ->> 'kind' = 'account_event' and items.item ->> 'name' = 'complaint')
      )
    order by 1
  ) as bounced
  where bounced.delivery_id is not null;
end;
$$;

comment on function private.note_bounces is
'After hard bounces and complaints nothing more is sent to the address. They count only with the
Message-ID of a mail of ours, which nobody else knows: a forged report silences nobody.';
revoke all on function private.note_bounces from public;
grant execute on function private.note_bounces to service_role;
