create or replace function private.store_templates(
  p_channel_type text,
  p_account text,
  p_templates jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.register_channel(p_channel_type, p_account, p_channel_type);
  v_now timestamptz := clock_timestamp();
begin
  insert into public.message_templates (
    channel_id, name, language, external_id, status, category, parameter_format, body, header,
    buttons, components, quality, synced_at
  )
  select distinct on (listed.name, listed.language)
    v_channel_id, listed.name, listed.language, listed.external_id, listed.status,
    listed.category, listed.parameter_format, listed.body, listed.header,
    coalesce(listed.buttons, '[]'), coalesce(listed.components, '[]'), listed.quality, v_now
  from jsonb_to_recordset(p_templates) as listed (
    name text, language text, external_id text, status text, category text,
    parameter_format text, body text, header text, buttons jsonb, components jsonb, quality text
  )
  on conflict (channel_id, name, language) do update
  set
    external_id = excluded.external_id, status = excluded.status, category = excluded.category,
    parameter_format = excluded.parameter_format, body = excluded.body, header = excluded.header,
    buttons = excluded.buttons, components = excluded.components, quality = excluded.quality,
    synced_at = excluded.synced_at;

  delete from public.message_templates
  where message_templates.channel_id = v_channel_id and message_templates.synced_at < v_now;
  return jsonb_array_length(p_templates);
end;
$$;

comment on function private.store_templates is
'Keeps all templates of an account as its platform lists them ([{name, language, external_id,
status, category, parameter_format, body, header, buttons, components, quality}]); what is not
listed any more goes. Returns how many.';
revoke all on function private.store_templates from public;
grant execute on function private.store_templates to service_role;
