-- Security definer: an admin who has just stepped down sees too little to know who is left.
-- The lock makes two admins who remove each other at once wait for one another.
create or replace function private.keep_an_admin()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtext('private.keep_an_admin'));
  if not exists (
    select 1
    from public.agents
    where agents.role = 'admin' and agents.is_active
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('agent %s is the last active admin', old.id),
      hint = 'make somebody else an admin first';
  end if;
  return null;
end;
$$;

comment on function private.keep_an_admin is
'Trigger: the last active admin can be neither removed nor demoted nor shut out.';
revoke all on function private.keep_an_admin from public;

create trigger keep_an_admin after update or delete on public.agents
for each row when (old.role = 'admin' and old.is_active)
execute function private.keep_an_admin();
