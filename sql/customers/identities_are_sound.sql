create or replace function private.identities_are_sound(p_identities jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if jsonb_typeof(p_identities) is distinct from 'array' or p_identities = '[]' then
    return false;
  end if;

  for v_place in 0 .. jsonb_array_length(p_identities) - 1 loop
    if (
      p_identities -> v_place ->> 'kind' in ('phone', 'bsuid', 'email', 'visitor', 'external')
      and length(p_identities -> v_place ->> 'value') between 1 and 512
    ) is not true then
      return false;
    end if;
  end loop;
  return true;
end;
$$;

comment on function private.identities_are_sound is
'Whether there is an identity ([{kind, value}]) and each is of a known kind and a sane length.';
revoke all on function private.identities_are_sound from public;
grant execute on function private.identities_are_sound to service_role;
