create or replace function private.continuity_text(p_answers public.messages[], p_language text)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select concat_ws(
    E'\n\n',
    private.continuity_frame(p_language) ->> 'before',
    string_agg(
      concat_ws(
        E'\n',
        nullif(answers.content, ''),
        (
          select string_agg('[' || (files.item ->> 'filename') || ']', ' ')
          from jsonb_array_elements(answers.metadata -> 'media') as files (item)
        )
      ),
      E'\n\n' order by answers.seq
    ),
    private.continuity_frame(p_language) ->> 'after'
  )
  from unnest(p_answers) as answers;
$$;

comment on function private.continuity_text is
'The e-mail that brings a visitor what they have not read: our words alone, files by name, and why
they get it.';
revoke all on function private.continuity_text from public;
grant execute on function private.continuity_text to service_role;
