-- What labels of its own answers found holds for a business better than what others taught.
create or replace function private.wrong_rate_of(p_setting jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_setting ->> 'tuned_threshold' is null
      then coalesce((p_setting ->> 'max_wrong_rate')::double precision, 1)
    else 1
  end;
end;
$$;

comment on function private.wrong_rate_of is
'The share of wrong answers to which the embedded answerer is held by what was measured elsewhere;
1, which is no gate, where labels of our own answers found the threshold.';
revoke all on function private.wrong_rate_of from public;
grant execute on function private.wrong_rate_of to authenticated, service_role;
