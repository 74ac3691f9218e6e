create or replace function private.touch_updated_at()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

comment on function private.touch_updated_at is
'Trigger: stamps updated_at where the statement itself did not.';
revoke all on function private.touch_updated_at from public;

create trigger touch_agents before update on public.agents
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();
