-- Who has deleted a version, whoever registered it; null in rows of earlier versions of Rondo.
alter table registry_entry add column deleted_by text;
