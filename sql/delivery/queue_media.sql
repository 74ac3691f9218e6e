-- What a website visitor or an agent sends lies in Storage already; only platforms hold files back.
create or replace function private.queue_media(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.media_files (message_id, place, channel_id, media)
  select messages.id, files.place - 1, messages.channel_id, files.item
  from unnest(p_messages) as messages
  cross join lateral jsonb_array_elements(
    case
      when jsonb_typeof(messages.metadata -> 'media') = 'array' then messages.metadata -> 'media'
      else '[]'
    end
  ) with ordinality as files (item, place)
  where (messages.sender_type = 'customer' or messages.metadata ? 'echo')
    and messages.channel_type <> 'website'
    and coalesce(files.item ->> 'id', files.item ->> 'url') is not null
    and files.item ->> 'path' is null
  order by messages.conversation_id, messages.seq, files.place;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.queue_media is
'Puts the files of new messages that their platform holds on the worker''s list (R29); returns how
many.';
revoke all on function private.queue_media from public;
grant execute on function private.queue_media to service_role;
