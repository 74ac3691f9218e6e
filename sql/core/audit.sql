-- Security definer: callers may add to the log only through here, with their own name.
create or replace function private.audit(
  p_action text,
  p_subject text,
  p_subject_id text,
  p_details jsonb default '{}'
)
returns void
language sql
volatile
security definer
set search_path = ''
as $$
  insert into public.audit_log (actor_id, actor_role, action, subject, subject_id, details)
  values (
    (select auth.uid()), (select private.actor_role()), p_action, p_subject, p_subject_id, p_details
  );
$$;

comment on function private.audit is
'Writes one line of the audit log in the caller''s name (R83).';
revoke all on function private.audit from public;
grant execute on function private.audit to authenticated, service_role;
