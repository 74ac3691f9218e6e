-- Security definer: erasure reaches queues and raw requests that no admin may read.
create or replace function private.erase(p_customer_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_ids uuid[];
  v_receipt jsonb;
begin
  perform private.require_admin();
  v_conversation_ids := private.seize_conversations(p_customer_id);

  v_receipt := jsonb_build_object(
    'customer', encode(sha256(convert_to(p_customer_id::text, 'UTF8')), 'hex'),
    'requests', private.blank_raw(
      private.personal_values(p_customer_id), private.requests_of(v_conversation_ids)
    ),
    'broadcasts', private.blank_broadcasts(v_conversation_ids),
    'files', private.remove_files(
      array(select unnest(v_conversation_ids) || '/')
    ),
    'conversations', cardinality(v_conversation_ids),
    'erased_at', clock_timestamp()
  );

  perform private.forget_visits(p_customer_id);
  perform private.forget_suggestions(v_conversation_ids);
  delete from public.conversations where conversations.customer_id = p_customer_id;
  delete from public.customer_profiles where customer_profiles.id = p_customer_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('customer %s not found', p_customer_id);
  end if;

  perform private.audit('erase', 'customer', v_receipt ->> 'customer', v_receipt - 'customer');
  return v_receipt;
end;
$$;

comment on function private.erase is
'Erases a customer for an admin or the service; the audit log keeps a hash of the id only.';
revoke all on function private.erase from public;
grant execute on function private.erase to authenticated, service_role;
