-- Where the files of a version are, in one way to write it: what has logged them stays as long as the version does. Null in rows of an earlier
-- version of Rondo until somebody asks.
alter table registry_entry add column files text;
create index registry_entry_by_files on registry_entry (files);
create index registry_entry_by_logged_model on registry_entry (logged_model);
