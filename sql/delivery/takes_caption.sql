-- What WhatsApp takes no caption with, or may take as another kind, counts as two.
create or replace function private.takes_caption(
  p_channel_type text,
  p_text text,
  p_metadata jsonb
)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'whatsapp' then length(p_text) <= 1024
      and not p_metadata ? 'choices'
      and p_metadata #>> '{media,0,kind}' in ('image', 'video', 'document', 'file')
    when 'telegram' then private.text_size('telegram', btrim(p_text, E' \t\r\n')) <= 1024
    else false
  end;
end;
$$;

comment on function private.takes_caption is
'Whether a platform takes this text and the first file of the message in one call.';
revoke all on function private.takes_caption from public;
grant execute on function private.takes_caption to service_role;
