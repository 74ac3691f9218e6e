-- Three ranges instead of "is distinct from", which no index serves: this is asked every second.
create or replace function private.claim_chunks(
  p_model text,
  p_limit integer,
  p_languages text[] default '{}'
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select knowledge_chunks.id
    from public.knowledge_chunks
    where (
      knowledge_chunks.embedding_model is null
      or knowledge_chunks.embedding_model < p_model
      or knowledge_chunks.embedding_model > p_model
    )
    and coalesce(knowledge_chunks.embed_lease_until, '-infinity') < statement_timestamp()
    and (
      p_languages = '{}'
      or split_part(lower(knowledge_chunks.language), '-', 1) = any (p_languages)
    )
    limit p_limit
    for update skip locked
  )

  update public.knowledge_chunks
  set embed_lease_until = statement_timestamp() + interval '60 seconds'
  from due
  where knowledge_chunks.id = due.id
  returning jsonb_build_object(
    'chunk_id', knowledge_chunks.id, 'content', knowledge_chunks.content
  );
end;
$$;

comment on function private.claim_chunks is
'Leases pieces of articles that have no vector of this model, {chunk_id, content}; in any language
or in those that it understands, of whatever region.';
revoke all on function private.claim_chunks from public;
grant execute on function private.claim_chunks to service_role;
