create or replace function private.refuse_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT403',
    message = format('%s is append-only', tg_table_name),
    hint = 'rows are only added; nobody changes or removes them';
end;
$$;

comment on function private.refuse_change is
'Trigger: keeps a table append-only, for its owner too.';
revoke all on function private.refuse_change from public;

create trigger refuse_change_audit_log before update or delete on public.audit_log
for each row execute function private.refuse_change();

create trigger refuse_truncate_audit_log before truncate on public.audit_log
for each statement execute function private.refuse_change();
