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
        (messages.content <> '')::integer + files.count = 1
        or files.count = 1
        and coalesce(p_echo -> 'media', '[]') <> '[]'
        and private.takes_caption(
          deliveries.channel_type, messages.content, messages.metadata
        )
      )
    from private.deliveries
    join public.messages on messages.id = deliveries.message_id
    cross join lateral (
      select jsonb_array_length(coalesce(messages.metadata -> 'media', '[]')) as count
    ) as files
    where deliveries.id = p_delivery_id
  );
end;
$$;

comment on function private.is_whole is
'Whether an echo shows all of a delivery, a caption with its file: one part of several says nothing
of the others.';
revoke all on function private.is_whole from public;
grant execute on function private.is_whole to service_role;
