create or replace function private.is_whole(p_delivery_id uuid, p_echo jsonb)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select btrim(messages.content, E' \t\r\n') = btrim(p_echo ->> 'content', E' \t\r\n')
      and (
        (messages.content <> '')::integer
        + jsonb_array_length(coalesce(messages.metadata -> 'media', '[]'))
      ) = 1
    from private.deliveries
    join public.messages on messages.id = deliveries.message_id
    where deliveries.id = p_delivery_id
  );
end;
$$;

comment on function private.is_whole is
'Whether an echo shows all of a delivery: one part of several says nothing of the others.';
revoke all on function private.is_whole from public;
grant execute on function private.is_whole to service_role;
