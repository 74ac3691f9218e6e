create or replace function private.tell_of_draft(p_draft public.ai_drafts)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.broadcast(array['inbox'], array['ai_draft'], array[jsonb_build_object(
    'id', p_draft.id,
    'conversation_id', p_draft.conversation_id,
    'kind', p_draft.kind,
    'state', p_draft.state
  )]);
end;
$$;

comment on function private.tell_of_draft is
'Rings the inbox, which agents alone hear, that a draft is there or has failed; its words are read
from the row.';
revoke all on function private.tell_of_draft from public;
grant execute on function private.tell_of_draft to service_role;
