create or replace function private.watch_channels()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.gather_traffic();
  perform private.judge_tokens();
  perform private.judge_silence();
  return private.judge_channels();
end;
$$;

comment on function private.watch_channels is
'What is learned of the channels every few seconds: traffic, errors, tokens, silence. Returns how
many fare otherwise than before (R70).';
revoke all on function private.watch_channels from public;
grant execute on function private.watch_channels to service_role;
