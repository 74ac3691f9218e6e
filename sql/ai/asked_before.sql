create or replace function private.asked_before(p_job_id uuid, p_question text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_before text := coalesce(private.written_in(p_job_id), '');
begin
  if btrim(private.folded(v_before)) = '' or btrim(private.folded(p_question)) = '' then
    return false;
  end if;
  return private.likeness(v_before, p_question) >= 0.85;
end;
$$;

comment on function private.asked_before is
'Whether a question is, but for a few letters, the one that this turn answered.';
revoke all on function private.asked_before from public;
grant execute on function private.asked_before to service_role;
