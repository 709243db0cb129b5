-- A search in the order of a metric reads the index of values. While a run logs, each point would move an entry of that index from one page to
-- another: two pages of a commit for each metric, most of what a batch of many metrics cost. So the values of a run stand in the index when they are settled;
-- until then the run is among these few, and a search looks at their latest points one by one.
create table tracking_unsettled_run (
    run_number bigint primary key,
    experiment bigint not null,
    since bigint not null
) without rowid;
create index tracking_unsettled_run_by_experiment on tracking_unsettled_run (experiment);

alter table tracking_metric_latest add column settled bigint not null default 1;
drop index tracking_metric_latest_by_value;
create index tracking_metric_latest_by_value on tracking_metric_latest (experiment, key, is_nan, value) where settled = 1;
