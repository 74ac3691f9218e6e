create or replace function private.name_message(
  p_delivery private.deliveries,
  p_external_id text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set external_message_id = p_external_id
  where messages.id = p_delivery.message_id
    and messages.channel_id = p_delivery.channel_id
    and messages.external_message_id is null
    and not exists (
      select 1
      from public.messages as namesake
      where namesake.channel_id = p_delivery.channel_id
        and namesake.external_message_id = p_external_id
    );
end;
$$;

comment on function private.name_message is
'Gives a message the platform''s id for it, unless it went out on another channel than its own, or
the id is taken.';
revoke all on function private.name_message from public;
grant execute on function private.name_message to service_role;
