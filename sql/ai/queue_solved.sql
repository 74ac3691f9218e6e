-- Security definer: agents resolve conversations; what is learnt from them is the machine's.
create or replace function private.queue_solved()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  insert into private.solved_conversations (conversation_id)
  values (new.id)
  on conflict (conversation_id) do update set resolved_at = clock_timestamp();
  return null;
end;
$$;

comment on function private.queue_solved is
'Trigger: a conversation that was resolved may be learnt from.';
revoke all on function private.queue_solved from public;

create trigger queue_solved
after update of status on public.conversations
for each row when (new.status = 'resolved' and old.status <> 'resolved')
execute function private.queue_solved();
