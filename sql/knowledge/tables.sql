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
  valid_from timestamptz,
  valid_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table public.knowledge_articles is 'What the AI may answer from (R53).';
comment on column public.knowledge_articles.phrasings is
'Ways customers ask for this article; ten of them help more than any algorithm.';
comment on column public.knowledge_articles.version is 'Rises with every change of the text.';
comment on column public.knowledge_articles.is_published is
'Nothing else is answered from or shown to customers.';
comment on column public.knowledge_articles.valid_until is
'The first moment at which it no longer holds; null means for ever.';

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
  embedding_model text
);

create index knowledge_chunks_article_id_idx on public.knowledge_chunks (article_id);
create index knowledge_chunks_terms_idx on public.knowledge_chunks using gin (terms);
create index knowledge_chunks_language_idx on public.knowledge_chunks (language);

comment on table public.knowledge_chunks is
'Articles in searchable pieces: title, paragraphs, phrasings. Made by trigger, never by hand.';
comment on column public.knowledge_chunks.embedding is
'Meaning as a unit vector of 384 numbers, null where no embedding model is set up.';
comment on column public.knowledge_chunks.terms is
'Its words in their stems, as its language has them.';

create table private.knowledge_terms (
  language text not null,
  term text not null,
  articles integer not null,
  primary key (language, term)
);

comment on table private.knowledge_terms is
'In how many articles of a language a term occurs: what makes rare words weigh more.';
