create or replace function private.model_error_share(
  p_since timestamptz,
  p_until timestamptz,
  p_minimum integer
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when count(*) >= greatest(p_minimum, 1)
        then count(*) filter (where ai_calls.outcome not in ('answered', 'cancelled'))
          ::double precision / count(*)
    end
    from public.ai_calls
    where ai_calls.created_at >= p_since
      and ai_calls.created_at < p_until
      and ai_calls.purpose in ('turn', 'shadow')
  );
end;
$$;

comment on function private.model_error_share is
'The share of calls to models that failed; null for fewer than p_minimum.';
revoke all on function private.model_error_share from public;
grant execute on function private.model_error_share to service_role;
