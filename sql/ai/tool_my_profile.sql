create or replace function private.tool_my_profile(p_arguments jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'name', customer_profiles.name,
    'email', customer_profiles.email,
    'phone', customer_profiles.phone,
    'language', customer_profiles.language,
    'attributes', customer_profiles.attributes,
    'customer_since', customer_profiles.created_at
  )
  from public.customer_profiles;
$$;

comment on function private.tool_my_profile is
'Tool: what we know about the customer in the claims; row level security finds them.';
revoke all on function private.tool_my_profile from public;
grant execute on function private.tool_my_profile to ai_reader, service_role;
