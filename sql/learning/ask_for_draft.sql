-- Security definer: agents ask, a worker writes; nobody puts words of the AI there by hand.
create or replace function private.ask_for_draft(p_conversation_id uuid, p_kind text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id uuid;
  v_last integer;
begin
  perform private.require_agent();
  perform 1 from public.conversations where conversations.id = p_conversation_id for no key update;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id),
      hint = 'give the id of a conversation';
  end if;

  select ai_drafts.id into v_id
  from public.ai_drafts
  where ai_drafts.conversation_id = p_conversation_id
    and ai_drafts.kind = p_kind
    and ai_drafts.state in ('waiting', 'running');
  if found then
    return v_id;
  end if;

  v_last := private.last_of_customer(p_conversation_id);
  if v_last is null then
    raise exception using
      errcode = 'PT409',
      message = format('no customer has written in %s', p_conversation_id),
      hint = 'ask again when there is something to answer';
  end if;
  perform private.require_pace(
    format('drafts of %s', coalesce((select auth.uid())::text, 'service')), 30, '1 minute'
  );
  insert into public.ai_drafts (conversation_id, kind, first_seq, last_seq, requested_by)
  values (
    p_conversation_id, p_kind, private.first_unanswered(p_conversation_id, v_last), v_last,
    (select auth.uid())
  )
  returning ai_drafts.id into v_id;
  perform private.broadcast(array['worker'], array['drafts'], array['{}'::jsonb]);
  return v_id;
end;
$$;

comment on function private.ask_for_draft is
'Queues a draft or a summary for a worker, or gives the one that is on its way; PT403, PT404, PT409,
PT429 after thirty a minute.';
revoke all on function private.ask_for_draft from public;
grant execute on function private.ask_for_draft to authenticated, service_role;
