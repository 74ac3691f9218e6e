-- News of an account names the business, not one of its numbers: it needs no channel.
create or replace function private.item_fault(p_item private.inbound_item)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_item.item ->> 'kind' = 'unhandled'
      then coalesce(left(p_item.item ->> 'reason', 1000), 'not understood')
    when p_item.item ->> 'kind' = 'account_event' then null
    when p_item.channel_id is null
      then 'unknown account ' || coalesce(left(p_item.item ->> 'account', 100), 'null')
    when coalesce(p_item.item ->> 'kind', '') not in (
      'message', 'receipt', 'watermark', 'reaction', 'edit', 'revoke', 'identity_change',
      'reachability', 'mail'
    ) then 'unknown kind ' || coalesce(left(p_item.item ->> 'kind', 100), 'null')
    when p_item.item ->> 'kind' in ('message', 'receipt')
      and length(coalesce(p_item.item ->> 'external_id', '')) not between 1 and 512
      then 'no usable id'
    when p_item.item ->> 'kind' in ('message', 'watermark', 'reachability')
      and not private.identities_are_sound(p_item.item -> 'identities')
      then 'no usable identity'
    when p_item.item ->> 'kind' = 'identity_change' and not private.identities_are_sound(
      jsonb_build_array(p_item.item -> 'old', p_item.item -> 'new')
    ) then 'no usable identity'
    when p_item.item ->> 'kind' = 'receipt'
      and coalesce(p_item.item ->> 'status', '') not in ('sent', 'delivered', 'read', 'failed')
      then 'unknown status ' || coalesce(left(p_item.item ->> 'status', 100), 'null')
    when p_item.item ->> 'kind' = 'watermark'
      and coalesce(p_item.item ->> 'status', '') not in ('delivered', 'read')
      then 'unknown status ' || coalesce(left(p_item.item ->> 'status', 100), 'null')
    when p_item.item ->> 'kind' in ('reaction', 'edit', 'revoke')
      and length(coalesce(p_item.item ->> 'target_id', '')) not between 1 and 512
      then 'about no message'
  end;
end;
$$;

comment on function private.item_fault is
'Why an event cannot be taken, or null: one bad item must not take its neighbours down.';
revoke all on function private.item_fault from public;
grant execute on function private.item_fault to service_role;
