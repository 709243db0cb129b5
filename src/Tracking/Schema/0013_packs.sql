-- A point of its own row moved a page of its curve and one of latest points with each batch: of a thousand metrics, a thousand pages. What a run that
-- logs has logged of late is one row a batch; many batches are brought to their curves together, packed. Small batches stand in the "tail" of the run's own row
-- until there are enough for a row.
create table tracking_unsettled (
    run_number bigint primary key,
    experiment bigint not null,
    logged_at bigint not null,
    batches bigint not null,
    bytes bigint not null,
    merged bigint not null,
    unmerged_bytes bigint not null,
    latest_bytes bigint not null,
    tail bytea not null
) without rowid;
create index tracking_unsettled_by_experiment on tracking_unsettled (experiment);

create table tracking_unsettled_batch (
    run_number bigint not null,
    batch bigint not null,
    points bytea not null,
    primary key (run_number, batch)
) without rowid;

-- The latest points of the batches before "merged", in one row of the run.
create table tracking_unsettled_latest (
    run_number bigint primary key,
    latest bytea not null
) without rowid;

-- Kept as they come, one behind the other; what is packed of many metrics at once stands together.
create table tracking_metric_pack (
    run_number bigint not null,
    key text not null,
    first_at bigint not null,
    first_step bigint not null,
    first_value double precision not null,
    first_nan bigint not null,
    numbers bigint not null,
    total double precision not null,
    points bytea not null
);
create unique index tracking_metric_pack_by_first
    on tracking_metric_pack (run_number, key, first_at, first_step, first_value, first_nan);

-- Rows of latest points are settled from now on, all of them. Points that are there stay in tracking_metric.
drop table tracking_unsettled_run;
update tracking_metric_latest set settled = 1 where settled = 0;
