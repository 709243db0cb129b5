-- The latest points of a settled run stood in a row each: a page of a hundred runs read a thousand rows for them. All of a run are one row beside them, packed, which
-- whoever writes the rows writes anew in the same transaction. Runs that were settled before this are read from their rows until they log again.
create table tracking_latest_pack (
    run_number bigint not null,
    latest bytea not null
);
create unique index tracking_latest_pack_by_run on tracking_latest_pack (run_number);
