create or replace function private.tapped_id(p_metadata jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    p_metadata #>> '{interactive,button_reply,id}',
    p_metadata #>> '{interactive,list_reply,id}',
    p_metadata #>> '{quick_reply,payload}',
    p_metadata #>> '{postback,payload}',
    p_metadata #>> '{callback,data}'
  );
end;
$$;

comment on function private.tapped_id is
'The id of the choice that a customer tapped, by what the platform sent along; null when written.';
revoke all on function private.tapped_id from public;
grant execute on function private.tapped_id to service_role;
