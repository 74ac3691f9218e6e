create or replace function private.note_complaints(p_items private.inbound_item[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.suppress_address(reported.delivery_id)
  from (
    select distinct
      private.delivery_of(items.channel_id, items.item #>> '{data,external_id}', null)
        as delivery_id
    from unnest(p_items) as items
    where items.channel_id is not null
      and items.item ->> 'kind' = 'account_event'
      and items.item ->> 'name' = 'complaint'
    order by 1
  ) as reported
  where reported.delivery_id is not null;
end;
$$;

comment on function private.note_complaints is
'After a complaint nothing more is sent to the address. It counts only with the Message-ID of a mail
of ours, which nobody else knows: a forged report silences nobody.';
revoke all on function private.note_complaints from public;
grant execute on function private.note_complaints to service_role;
