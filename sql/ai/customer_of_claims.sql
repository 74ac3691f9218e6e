create or replace function private.customer_of_claims()
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when claims.value ->> 'role' = 'ai_reader' then (claims.value ->> 'customer_id')::uuid
  end
  from (
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb as value
  ) as claims;
$$;

comment on function private.customer_of_claims is
'The customer under whose claims a tool of the AI runs; null for everybody else.';
revoke all on function private.customer_of_claims from public;
grant execute on function private.customer_of_claims to ai_reader, service_role;
