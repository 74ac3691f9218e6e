-- Security definer: labels are written by their sources alone, an agent's in the agent's own name.
create or replace function private.label_run(p_id uuid, p_verdict text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_run_id uuid;
begin
  perform private.require_agent();
  if p_verdict is null or p_verdict not in ('right', 'wrong') then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no verdict', coalesce(p_verdict, 'null')),
      hint = 'say right or wrong';
  end if;

  select ai_runs.id into v_run_id
  from public.ai_runs
  where (ai_runs.message_id = p_id or ai_runs.id = p_id) and ai_runs.outcome <> 'fenced'
  order by ai_runs.created_at desc
  limit 1;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no answer of the AI %s', p_id),
      hint = 'give the id of a message of the AI, or of a run in ai_runs';
  end if;
  return private.keep_label(v_run_id, p_verdict, 'agent', (select auth.uid()));
end;
$$;

comment on function private.label_run is
'Keeps an agent''s verdict; PT400, PT403, PT404.';
revoke all on function private.label_run from public;
grant execute on function private.label_run to authenticated, service_role;
