create or replace function private.account_news(p_channel_type text, p_item jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return left(format(
    '%s says %s of account %s: %s', p_channel_type, p_item ->> 'name', p_item ->> 'account',
    coalesce(
      p_item #>> '{data,event}', p_item #>> '{data,alert_type}', p_item #>> '{data,current_limit}',
      p_item #>> '{data,decision}', 'see its pages'
    )
  ), 300);
end;
$$;

comment on function private.account_news is
'What a platform tells of our account, in one line for admins (R70).';
revoke all on function private.account_news from public;
grant execute on function private.account_news to service_role;
