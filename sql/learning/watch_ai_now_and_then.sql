create or replace function private.watch_ai_now_and_then()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (
    select 1
    from private.ai_watch
    where ai_watch.looked_at < clock_timestamp() - interval '5 minutes'
    for update skip locked
  ) then
    return 0;
  end if;
  update private.ai_watch set looked_at = clock_timestamp();
  return private.watch_ai();
end;
$$;

comment on function private.watch_ai_now_and_then is
'watch_ai every five minutes, however often it is called: a week of turns is read for it.';
revoke all on function private.watch_ai_now_and_then from public;
grant execute on function private.watch_ai_now_and_then to service_role;
