create or replace function private.text_size(p_channel_type text, p_text text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_channel_type
    when 'instagram' then octet_length(p_text)
    when 'telegram' then length(p_text)
      + length(regexp_replace(p_text, '[\u0001-\uffff]', '', 'g'))
    else length(p_text)
  end;
end;
$$;

comment on function private.text_size is
'How long a text is by the measure of the platform that limits it: bytes on Instagram, UTF-16 units
on Telegram, else characters.';
revoke all on function private.text_size from public;
grant execute on function private.text_size to service_role;
