-- Security definer: the log is closed to everybody who changes the audited table.
create or replace function private.audit_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_new jsonb := to_jsonb(new);
  v_old jsonb := to_jsonb(old);
begin
  perform private.audit(
    lower(tg_op),
    tg_table_name,
    coalesce(v_new, v_old) ->> 'id',
    jsonb_build_object('columns', (
      select jsonb_agg(changed.key order by changed.key)
      from jsonb_object_keys(coalesce(v_new, v_old)) as changed (key)
      where v_new -> changed.key is distinct from v_old -> changed.key
    ))
  );
  return null;
end;
$$;

comment on function private.audit_change is
'Trigger: logs who changed which columns of a row, without their contents.';
revoke all on function private.audit_change from public;

create trigger audit_agents after insert or update or delete on public.agents
for each row execute function private.audit_change();
