-- Security definer: nobody may write their own count.
-- A refusal undoes its own count, so that the window ends when it would have ended anyway.
create or replace function private.require_pace(
  p_subject text,
  p_limit integer,
  p_window interval
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.paces as running (subject, count)
  values (p_subject, 1)
  on conflict (subject) do update
    set
      started_at = case
        when running.started_at > clock_timestamp() - p_window then running.started_at
        else clock_timestamp()
      end,
      count = case
        when running.started_at > clock_timestamp() - p_window then running.count + 1
        else 1
      end
  returning running.count into v_count;

  if v_count > p_limit then
    raise exception using
      errcode = 'PT429',
      message = format('more than %s in %s', private.counted(p_limit, 'time'), p_window),
      hint = 'wait a moment';
  end if;
end;
$$;

comment on function private.require_pace is
'Counts that somebody does something (p_subject names both) and raises PT429 when it is more than
p_limit times in a window.';
revoke all on function private.require_pace from public;
grant execute on function private.require_pace to authenticated, service_role;
