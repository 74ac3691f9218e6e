create or replace function private.identities_are_sound(p_identities jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*) > 0 and bool_and(coalesce(
      known.item ->> 'kind' in ('phone', 'bsuid', 'email', 'visitor', 'external')
      and length(known.item ->> 'value') between 1 and 512,
      false
    ))
    from jsonb_array_elements(
      case when jsonb_typeof(p_identities) = 'array' then p_identities else '[]' end
    ) as known (item)
  );
end;
$$;

comment on function private.identities_are_sound is
'Whether there is an identity ([{kind, value}]) and each is of a known kind and a sane length.';
revoke all on function private.identities_are_sound from public;
grant execute on function private.identities_are_sound to service_role;
