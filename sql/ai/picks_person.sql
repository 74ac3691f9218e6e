create or replace function private.picks_person(p_choices jsonb, p_question text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_choices is null then
    return false;
  end if;
  return exists (
    select 1
    from jsonb_array_elements(
      case when jsonb_typeof(p_choices) = 'array' then p_choices else '[]' end
    ) as offered (choice)
    where offered.choice ->> 'hand_over' = 'true'
      and private.folded(p_question) in (
        private.folded(offered.choice ->> 'title'),
        private.folded(left(offered.choice ->> 'title', 20)),
        private.folded(left(offered.choice ->> 'title', 19))
      )
  );
end;
$$;

comment on function private.picks_person is
'Whether a customer picked the choice that leads to a person, {title, hand_over: true}; platforms
may have cut its title (R123).';
revoke all on function private.picks_person from public;
grant execute on function private.picks_person to service_role;
