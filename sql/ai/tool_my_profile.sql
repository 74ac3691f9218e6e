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
    'attributes', (
      select coalesce(jsonb_object_agg(told.name, told.value), '{}')
      from jsonb_each(customer_profiles.attributes) as told (name, value)
      join public.ai_tools on told.name = any (ai_tools.customer_attributes)
      where ai_tools.name = 'my_profile'
    ),
    'customer_since', customer_profiles.created_at
  )
  from public.customer_profiles;
$$;

comment on function private.tool_my_profile is
'Tool: what we know about the customer in the claims, whom row level security finds; of their
attributes those that ai_tools.customer_attributes names.';
revoke all on function private.tool_my_profile from public;
grant execute on function private.tool_my_profile to ai_reader, service_role;
