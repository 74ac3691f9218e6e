create or replace function private.store_embeddings(p_model text, p_embeddings jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_stored integer;
begin
  update public.knowledge_chunks
  set
    embedding = (given.value ->> 'embedding')::extensions.vector,
    embedding_model = p_model,
    embed_lease_until = null
  from jsonb_array_elements(p_embeddings) as given
  where knowledge_chunks.id = (given.value ->> 'chunk_id')::uuid;

  get diagnostics v_stored = row_count;
  return v_stored;
end;
$$;

comment on function private.store_embeddings is
'Keeps vectors of pieces, [{chunk_id, embedding}], and gives how many: a piece that was rewritten
meanwhile is gone and gets another.';
revoke all on function private.store_embeddings from public;
grant execute on function private.store_embeddings to service_role;
