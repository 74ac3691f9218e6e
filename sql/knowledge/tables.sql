create table public.knowledge_articles (
  id uuid primary key default gen_random_uuid(),
  title text not null constraint knowledge_articles_title_check
  check (length(btrim(title)) between 1 and 500),
  body text not null constraint knowledge_articles_body_check
  check (length(body) between 1 and 200000),
  language text not null default 'en',
  phrasings text[] not null default '{}',
  source_url text,
  is_published boolean not null default true,
  visibility text not null default 'public' constraint knowledge_articles_visibility_check
  check (visibility in ('public', 'agents')),
  valid_from timestamptz,
  valid_until timestamptz,
  version integer not null default 1,
  imported_from text,
  import_key text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint knowledge_articles_import_check
  check ((imported_from is null) = (import_key is null))
);

create unique index knowledge_articles_import_key
on public.knowledge_articles (imported_from, import_key)
where imported_from is not null;
create index knowledge_articles_common_idx
on public.knowledge_articles (language, cardinality(phrasings) desc, created_at, id)
where is_published and visibility = 'public';

comment on table public.knowledge_articles is 'What the AI may answer from (R53).';
comment on column public.knowledge_articles.phrasings is
'Ways customers ask for this article; ten of them help more than any algorithm.';
comment on column public.knowledge_articles.version is 'Rises with every change of the text.';
comment on column public.knowledge_articles.is_published is
'Nothing else is answered from or shown to customers.';
comment on column public.knowledge_articles.imported_from is
'The file or address that it came from, null where it was written here.';
comment on column public.knowledge_articles.import_key is
'Its place in what it came from, mostly a heading: the same import finds it again by this.';
comment on column public.knowledge_articles.visibility is
'agents: only agents see it, and only what the AI drafts for agents rests on it, never an answer to
a customer.';
comment on column public.knowledge_articles.valid_until is
'The first moment at which it no longer holds; null means for ever.';

-- No foreign key: what was once answered from is explained also after the article is gone.
create table public.knowledge_versions (
  article_id uuid not null,
  version integer not null,
  title text not null,
  body text not null,
  phrasings text[] not null,
  language text not null,
  changed_by uuid,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (article_id, version)
);

comment on table public.knowledge_versions is
'Every text that an article ever had: what an answer of the past rested on. Written by trigger.';
comment on column public.knowledge_versions.phrasings is
'Ways customers asked for the article at that time.';
comment on column public.knowledge_versions.changed_by is
'Who wrote it, or approved the suggestion; null where it was a process of ours or the person is
gone.';

-- to_tsvector needs a constant configuration to be indexed: the chunk keeps its own.
create table public.knowledge_chunks (
  id uuid primary key default gen_random_uuid(),
  article_id uuid not null references public.knowledge_articles (id) on delete cascade,
  kind text not null constraint knowledge_chunks_kind_check
  check (kind in ('title', 'body', 'phrasing')),
  position integer not null,
  language text not null,
  content text not null,
  terms tsvector not null,
  embedding extensions.vector(384),
  embedding_model text,
  embed_lease_until timestamptz,
  constraint knowledge_chunks_embedding_model_check
  check ((embedding is null) = (embedding_model is null))
);

create index knowledge_chunks_article_id_idx on public.knowledge_chunks (article_id);
create index knowledge_chunks_terms_idx on public.knowledge_chunks using gin (terms);
create index knowledge_chunks_embedding_model_idx
on public.knowledge_chunks (embedding_model, language);
create index knowledge_chunks_embedding_idx
on public.knowledge_chunks using hnsw (embedding extensions.vector_ip_ops);

comment on table public.knowledge_chunks is
'Articles in searchable pieces: title, paragraphs, phrasings. Made by trigger, never by hand.';
comment on column public.knowledge_chunks.embedding is
'Meaning as a unit vector of 384 numbers, null where no embedding model is set up.';
comment on column public.knowledge_chunks.embedding_model is
'Whose vector it is: vectors of two models are never compared.';
comment on column public.knowledge_chunks.embed_lease_until is
'Until when a worker is at its vector.';
comment on column public.knowledge_chunks.terms is
'Its words in their stems, as its language has them.';

create table private.knowledge_terms (
  language text not null,
  term text not null,
  articles integer not null,
  primary key (language, term)
);

create index knowledge_terms_language_idx on private.knowledge_terms (language)
where term = '';

comment on table private.knowledge_terms is
'In how many articles of a language a term occurs: what makes rare words weigh more. Of the empty
term: how many articles there are. What was not folded in yet stands in knowledge_term_changes.';

-- Editors only append here: they neither wait for one another nor write a common word's row again
-- for every article of an import.
create table private.knowledge_term_changes (
  id bigint generated always as identity primary key,
  language text not null,
  term text not null,
  articles integer not null
);

create index knowledge_term_changes_term_idx
on private.knowledge_term_changes (language, term);

create index knowledge_term_changes_language_idx on private.knowledge_term_changes (language)
where term = '';

comment on table private.knowledge_term_changes is
'Changes of knowledge_terms that fold_terms has not added yet; whoever reads the one reads both.';

create type private.sought_word as (
  query tsquery,
  near tsquery,
  runs text [],
  articles integer,
  weight double precision
);

comment on type private.sought_word is
'A word of a question as it is looked for: as a term, as what begins like it, by its runs of
letters; with the number of articles that have the term, and its weight.';
