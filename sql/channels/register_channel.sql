create or replace function private.register_channel(p_type text, p_account text, p_name text)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  select channels.id into v_channel_id
  from public.channels
  where channels.type = p_type and channels.account = p_account;

  if v_channel_id is not null then
    return v_channel_id;
  end if;

  insert into public.channels (type, account, name, service_window, max_text_length)
  values (
    p_type,
    p_account,
    coalesce(nullif(p_name, ''), p_type),
    case when p_type in ('whatsapp', 'instagram', 'messenger') then interval '24 hours' end,
    case p_type
      when 'whatsapp' then 4096 when 'telegram' then 4096
      when 'messenger' then 2000 when 'instagram' then 1000
    end
  )
  on conflict (type, account) do update set name = excluded.name
  returning id into v_channel_id;
  return v_channel_id;
end;
$$;

comment on function private.register_channel is
'The channel of an account, made when it is new, with its platform''s limits; returns its id.';
revoke all on function private.register_channel from public;
grant execute on function private.register_channel to service_role;

create trigger audit_channels
after update of name, is_enabled, fallback_channel_id, fallback_after, expected_silence,
allowed_addresses, rate_per_minute or delete on public.channels
for each row execute function private.audit_change();

create trigger touch_channels before update on public.channels
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();
