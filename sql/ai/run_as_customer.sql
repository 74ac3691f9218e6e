-- Invoker, as a definer cannot take on another role; the name was checked by ai_tools.
create or replace function private.run_as_customer(
  p_customer_id uuid,
  p_function text,
  p_arguments jsonb
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_role text := current_setting('role');
  v_claims text := coalesce(current_setting('request.jwt.claims', true), '');
  v_result jsonb;
begin
  perform set_config('request.jwt.claims', jsonb_build_object(
    'role', 'ai_reader', 'customer_id', p_customer_id
  )::text, true);
  perform set_config('role', 'ai_reader', true);
  execute format('select %s($1)', to_regprocedure(p_function || '(jsonb)')::regproc)
  into v_result using p_arguments;
  perform set_config('role', v_role, true);
  perform set_config('request.jwt.claims', v_claims, true);
  return v_result;
end;
$$;

comment on function private.run_as_customer is
'Calls a function of jsonb as ai_reader under a customer''s claims, and becomes who it was again; an
error on the way undoes both where the caller catches it.';
revoke all on function private.run_as_customer from public;
grant execute on function private.run_as_customer to service_role;
