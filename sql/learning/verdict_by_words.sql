create or replace function private.verdict_by_words(p_said text, p_reply text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_shares double precision[] := array[
    private.shared_words(p_said, p_reply), private.shared_words(p_reply, p_said)
  ];
begin
  return case
    when least(v_shares[1], v_shares[2]) >= 0.5 then 'right'
    when greatest(v_shares[1], v_shares[2]) < 0.1 then 'wrong'
  end;
end;
$$;

comment on function private.verdict_by_words is
'right where two answers share half of their words, seen from either, wrong where hardly any, null
in between and where there is too little to compare.';
revoke all on function private.verdict_by_words from public;
grant execute on function private.verdict_by_words to authenticated, service_role;
