create or replace function private.record_draft(
  p_id uuid,
  p_worker text,
  p_attempt integer,
  p_found jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_draft public.ai_drafts;
  v_content text := nullif(btrim(left(p_found ->> 'content', 20000)), '');
begin
  perform private.keep_calls(
    null, ai_drafts.conversation_id, ai_drafts.kind, p_found -> 'calls'
  )
  from public.ai_drafts
  where ai_drafts.id = p_id;

  update public.ai_drafts
  set
    state = case when v_content is null then 'failed' else 'done' end,
    content = v_content,
    sources = coalesce(p_found -> 'sources', '[]'),
    confidence = case when ai_drafts.kind = 'draft' then private.confidence_of(p_found) end,
    model = left(p_found ->> 'model', 200),
    error = left(p_found ->> 'error', 1000),
    finished_at = clock_timestamp()
  where ai_drafts.id = p_id
    and ai_drafts.state = 'running'
    and ai_drafts.worker = p_worker
    and ai_drafts.attempt = p_attempt
  returning ai_drafts.* into v_draft;

  if v_draft.id is null then
    return 'fenced';
  end if;
  perform private.tell_of_draft(v_draft);
  return v_draft.state;
end;
$$;

comment on function private.record_draft is
'Keeps what a worker wrote for an agent, or why it could not; returns done, failed, or fenced where
the draft is no longer its own; the calls count all the same.';
revoke all on function private.record_draft from public;
grant execute on function private.record_draft to service_role;
