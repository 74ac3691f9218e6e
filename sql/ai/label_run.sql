-- Security definer: labels are written by their sources alone, an agent's in the agent's own name.
create or replace function private.label_run(p_id uuid, p_verdict text)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_run public.ai_runs;
begin
  perform private.require_agent();
  if p_verdict is null or p_verdict not in ('right', 'wrong') then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no verdict', coalesce(p_verdict, 'null')),
      hint = 'say right or wrong';
  end if;

  select ai_runs.* into v_run
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
  if v_run.outcome = 'clarified' or v_run.wire = 'rules' then
    raise exception using
      errcode = 'PT409',
      message = format('%s is no answer: it was asked back, or said by rule', p_id),
      hint = 'label answers; what a customer picks of choices counts by itself';
  end if;
  return private.keep_label(v_run.id, p_verdict, 'agent', (select auth.uid()));
end;
$$;

comment on function private.label_run is
'Keeps an agent''s verdict on an answer; PT400, PT403, PT404, PT409 for what asks back, small talk
and other words by rule, of which no gate learns.';
revoke all on function private.label_run from public;
grant execute on function private.label_run to authenticated, service_role;
