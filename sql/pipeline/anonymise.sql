-- Security definer: it reaches queues and raw requests that no admin may read.
create or replace function private.anonymise(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
  v_values text[];
  v_receipt jsonb;
begin
  perform private.require_admin();
  v_values := private.personal_values(p_customer_id);
  update public.customer_profiles
  set
    name = null, email = null, phone = null, attributes = '{}', erased_at = clock_timestamp()
  where customer_profiles.id = p_customer_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('customer %s not found', p_customer_id);
  end if;

  v_conversation_ids := private.seize_conversations(p_customer_id);

  v_receipt := jsonb_build_object(
    'customer', encode(sha256(convert_to(p_customer_id::text, 'UTF8')), 'hex'),
    'requests', private.blank_raw(v_values, private.requests_of(v_conversation_ids)),
    'traces', private.blank_traces(v_conversation_ids),
    'messages', private.blank_messages(v_conversation_ids),
    'broadcasts', private.blank_broadcasts(v_conversation_ids),
    'files', private.remove_files(
      array(select unnest(v_conversation_ids) || '/')
    )
  );
  delete from private.media_files
  where media_files.message_id in (
    select messages.id
    from public.messages
    where messages.conversation_id = any (v_conversation_ids)
  );
  perform private.forget_visits(p_customer_id);
  delete from public.customer_identities where customer_identities.customer_id = p_customer_id;

  perform private.audit('anonymise', 'customer', v_receipt ->> 'customer', v_receipt - 'customer');
  return v_receipt;
end;
$$;

comment on function private.anonymise is
'Anonymises a customer for an admin or the service; the audit log keeps a hash of the id only.';
revoke all on function private.anonymise from public;
grant execute on function private.anonymise to authenticated, service_role;
