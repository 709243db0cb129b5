-- The server whose push waits for the build.
alter table delivery_build add column owner text;
