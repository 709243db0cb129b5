-- Files of runs that are gone: written down with the rows' removal, so that a server that dies in between goes on.
create table tracking_removed_files (
    address text primary key,
    removed_at bigint not null
);
create index tracking_run_by_deletion on tracking_run (lifecycle, deleted_at);
