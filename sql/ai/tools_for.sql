create or replace function private.tools_for(p_job private.reply_jobs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_is_verified boolean := private.turn_is_verified(p_job);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', ai_tools.name,
      'description', ai_tools.description,
      'parameters', ai_tools.parameters,
      'is_source', ai_tools.is_source
    ) order by ai_tools.name), '[]')
    from public.ai_tools
    where ai_tools.is_enabled
      and (v_is_verified or not ai_tools.requires_identity)
      and has_function_privilege(
        'ai_reader', to_regprocedure(ai_tools.function_name || '(jsonb)'), 'execute'
      )
  );
end;
$$;

comment on function private.tools_for is
'The tools that a model is offered for a turn: those that run_tool would not refuse to it.';
revoke all on function private.tools_for from public;
grant execute on function private.tools_for to service_role;
