create or replace function private.suits_language(p_languages text[], p_language text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_languages is null or p_language is null or exists (
    select 1
    from unnest(p_languages) as wanted (language)
    where private.speaks(p_language, wanted.language)
  );
end;
$$;

comment on function private.suits_language is
'Whether a visitor''s language is one of those: pt-BR is among {pt} and {pt-BR}, pt is not among
{pt-BR}. Any is where none is named, and who names none suits all.';
revoke all on function private.suits_language from public;
grant execute on function private.suits_language to service_role;
