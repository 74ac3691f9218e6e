-- Security definer: it counts files and reads settings that the caller may not see.
create or replace function private.may_upload(p_name text, p_metadata jsonb)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(p_name, '/');
  v_conversation_id uuid;
  v_channel_id uuid;
begin
  if cardinality(v_parts) <> 3 or not pg_input_is_valid(v_parts[1], 'uuid') then
    return false;
  end if;

  v_conversation_id := v_parts[1]::uuid;
  select conversations.channel_id into v_channel_id
  from public.conversations
  where conversations.id = v_conversation_id and conversations.id::text = v_parts[1];
  if not found or v_parts[3] = '' then
    return false;
  elsif private.is_agent() then
    return v_parts[2] = 'agent';
  end if;

  return v_parts[2] = 'visitor'
    and v_parts[3] ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-.'
    and v_conversation_id in (select private.my_conversations())
    and private.origin_is_allowed(v_channel_id)
    and private.accepts_upload(v_channel_id, p_metadata)
    and (
      select count(*)
      from storage.objects
      where objects.bucket_id = 'media'
        and objects.name collate "C" >= v_parts[1] || '/visitor/'
        and objects.name collate "C" < v_parts[1] || '/visitor0'
        and objects.created_at > clock_timestamp() - interval '1 hour'
    ) < 20;
end;
$$;

comment on function private.may_upload is
'Whether the caller may put a file into the bucket media: an agent at <conversation>/agent/<name>,
a visitor at <conversation>/visitor/<uuid>-<name> of their own, of a kind and a size that the widget
takes, twenty in an hour.';
revoke all on function private.may_upload from public;
grant execute on function private.may_upload to authenticated, service_role;
