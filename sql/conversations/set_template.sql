-- Security definer: an agent may not change messages; only the template of their own new one.
create or replace function private.set_template(p_message_id uuid, p_template jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  if jsonb_typeof(p_template) is distinct from 'object'
    or coalesce(p_template ->> 'name', '') = ''
    or coalesce(p_template ->> 'language', '') = ''
    or jsonb_typeof(coalesce(p_template -> 'parameters', '{}')) not in ('array', 'object') then
    raise exception using
      errcode = 'PT400',
      message = 'this is no template',
      hint = '{"name": …, "language": …, "parameters": [values] or {"name": value}}';
  end if;

  update public.messages
  set metadata = messages.metadata || jsonb_build_object('template', p_template)
  where messages.id = p_message_id
    and messages.sender_type = 'agent'
    and messages.sender_id is not distinct from (select auth.uid())
    and messages.delivery_status = 'queued';
end;
$$;

comment on function private.set_template is
'Has an agent''s message go out as a template of their choice (R28). PT400, PT403.';
revoke all on function private.set_template from public;
grant execute on function private.set_template to authenticated, service_role;
