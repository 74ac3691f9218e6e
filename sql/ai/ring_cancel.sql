create or replace function private.ring_cancel(p_jobs jsonb[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if cardinality(p_jobs) > 0 then
    perform private.broadcast(
      array_fill('worker'::text, array[cardinality(p_jobs)]),
      array_fill('cancel'::text, array[cardinality(p_jobs)]),
      p_jobs
    );
  end if;
end;
$$;

comment on function private.ring_cancel is
'Tells workers to drop what they generate for these turns, claims up to attempt included:
[{job_id, conversation_id, attempt}].';
revoke all on function private.ring_cancel from public;
grant execute on function private.ring_cancel to service_role;
