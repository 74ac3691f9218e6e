create or replace function private.meta_failure_class(p_code text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  -- A code may come with its subcode: 10/2018278.
  v_code integer := substring(p_code from '^[0-9]{1,9}')::integer;
  v_subcode integer := substring(p_code from '^[0-9]+\D([0-9]{1,9})$')::integer;
begin
  return case
    when coalesce(v_subcode, v_code) in (2018065, 2018278, 2534022) or v_code = 131047 then 'window'
    when v_code in (230, 551)
      or coalesce(v_subcode, v_code) in (1545041, 2018001, 2018108, 2018218, 2534014)
      then 'recipient'
    when v_code in (
      4, 17, 32, 429, 613, 80006, 80007, 130429, 131048, 131056, 133016
    ) then 'throttled'
    when v_code in (1, 2, 500, 502, 503, 504, 1200, 131000, 131016, 131053, 131057) then 'transient'
    when v_code in (
      130472, 130497, 131021, 131026, 131030, 131049, 131050
    ) then 'recipient'
    when v_code in (0, 3, 10, 190, 368, 401, 403, 131005, 131031, 131042, 131045)
      or v_code between 200 and 299 then 'account'
    when v_code in (100, 400, 404, 131008, 131009, 131051, 131062)
      or v_code between 132000 and 132999 then 'content'
    else 'unknown'
  end;
end;
$$;

comment on function private.meta_failure_class is
'The class of an error of the Graph API (WhatsApp, Instagram, Messenger), perhaps with a subcode.';
revoke all on function private.meta_failure_class from public;
grant execute on function private.meta_failure_class to service_role;
