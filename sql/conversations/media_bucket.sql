-- The private bucket of everybody's files.
insert into storage.buckets (id, name, public)
values ('media', 'media', false)
on conflict (id) do nothing;
