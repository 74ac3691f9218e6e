create or replace function private.require_embedding(
  p_embedding extensions.vector,
  p_model text
)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if p_embedding is null then
    return;
  end if;
  if coalesce(p_model, '') = '' then
    raise exception 'an embedding came without the name of its model'
    using errcode = 'PT400', hint = 'Give p_embedding_model: vectors of two models do not compare.';
  end if;
  if extensions.vector_dims(p_embedding) <> 384 then
    raise exception 'an embedding has % numbers', extensions.vector_dims(p_embedding)
    using errcode = 'PT400', hint = 'Give 384 numbers.';
  end if;
end;
$$;

comment on function private.require_embedding is
'PT400 unless an embedding has 384 numbers and names its model; none at all is fine.';
revoke all on function private.require_embedding from public;
grant execute on function private.require_embedding to authenticated, service_role;
