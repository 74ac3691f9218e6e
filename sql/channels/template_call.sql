create or replace function private.template_call(
  p_name text,
  p_language text,
  p_format text,
  p_values jsonb
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parameters jsonb := (
    select jsonb_agg(
      jsonb_build_object('type', 'text', 'text', given.value)
      || case
        when p_format = 'named' then jsonb_build_object('parameter_name', given.name)
        else '{}'
      end
      order by length(given.name), given.name
    )
    from jsonb_each_text(p_values) as given (name, value)
  );
begin
  return jsonb_build_object('name', p_name, 'language', jsonb_build_object('code', p_language))
    || case
      when v_parameters is null then '{}'
      else jsonb_build_object('components', jsonb_build_array(
        jsonb_build_object('type', 'body', 'parameters', v_parameters)
      ))
    end;
end;
$$;

comment on function private.template_call is
'A template with the values of its variables ({name: value}) in the form in which it is sent.';
revoke all on function private.template_call from public;
grant execute on function private.template_call to service_role;
