create or replace function private.language_of_phone(p_phone text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_digits text := regexp_replace(p_phone, '\D', '', 'g');
begin
  return (
    select spoken.language
    from (values
      ('en', '{1,44,61,64,353}'::text[]),
      ('es', '{34,51,52,53,54,56,57,58,502,503,504,505,506,507,591,593,595,598}'),
      ('fr', '{33,377}'),
      ('de', '{49,43,423}'),
      ('it', '{39,378}'),
      ('pt', '{351,55,244,258}'),
      ('nl', '{31}'),
      ('pl', '{48}'),
      ('ru', '{7}'),
      ('tr', '{90}'),
      ('ar', '{20,212,213,216,218,249,961,962,963,964,965,966,967,968,970,971,973,974}'),
      ('zh', '{86,852,853,886}')
    ) as spoken (language, codes)
    where left(v_digits, 1) = any (spoken.codes)
      or left(v_digits, 2) = any (spoken.codes)
      or left(v_digits, 3) = any (spoken.codes)
  );
end;
$$;

comment on function private.language_of_phone is
'The language of most people behind a telephone''s country code, no code being the beginning of
another; null where several share it, or none is known.';
revoke all on function private.language_of_phone from public;
grant execute on function private.language_of_phone to service_role;
