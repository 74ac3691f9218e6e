create or replace function private.fail_overdue_drafts()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_draft public.ai_drafts;
  v_count integer := 0;
begin
  for v_draft in
    update public.ai_drafts
    set
      state = 'failed', error = 'no worker made it in time', finished_at = clock_timestamp()
    where ai_drafts.state in ('waiting', 'running')
      and ai_drafts.deadline < clock_timestamp()
    returning ai_drafts.*
  loop
    perform private.tell_of_draft(v_draft);
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.fail_overdue_drafts is
'Gives up drafts that nobody made in time, and says so; returns how many.';
revoke all on function private.fail_overdue_drafts from public;
grant execute on function private.fail_overdue_drafts to service_role;
