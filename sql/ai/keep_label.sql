create or replace function private.keep_label(
  p_run_id uuid,
  p_verdict text,
  p_source text,
  p_labelled_by uuid default null
)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_labels (run_id, message_id, verdict, source, labelled_by)
  select ai_runs.id, ai_runs.message_id, p_verdict, p_source, p_labelled_by
  from public.ai_runs
  where ai_runs.id = p_run_id
  on conflict (run_id, source) do update
    set
      verdict = excluded.verdict,
      labelled_by = excluded.labelled_by,
      created_at = clock_timestamp()
  returning ai_labels.id;
$$;

comment on function private.keep_label is
'Keeps one source''s verdict on a run, the newest of each; null for a run that never was.';
revoke all on function private.keep_label from public;
grant execute on function private.keep_label to service_role;
