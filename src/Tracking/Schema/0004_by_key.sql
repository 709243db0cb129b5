-- What runs log, once more: each table as one tree in the order of its key, without another one for the rows.
create table tracking_param_by_key (
    run text not null,
    key text not null,
    value text not null,
    primary key (run, key)
) without rowid;
insert into tracking_param_by_key (run, key, value) select run, key, value from tracking_param;
drop table tracking_param;
alter table tracking_param_by_key rename to tracking_param;

create table tracking_tag_by_key (
    run text not null,
    key text not null,
    value text not null,
    primary key (run, key)
) without rowid;
insert into tracking_tag_by_key (run, key, value) select run, key, value from tracking_tag;
drop table tracking_tag;
alter table tracking_tag_by_key rename to tracking_tag;

create table tracking_metric_by_key (
    run text not null,
    key text not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (run, key, logged_at, step, value, is_nan)
) without rowid;
insert into tracking_metric_by_key (run, key, logged_at, step, value, is_nan)
select run, key, logged_at, step, value, is_nan from tracking_metric;
drop table tracking_metric;
alter table tracking_metric_by_key rename to tracking_metric;

-- The latest points also stand in the order of their values, for searches by them: of an experiment, because the runs of others do not
-- concern a search.
create table tracking_metric_latest_by_key (
    run text not null,
    key text not null,
    experiment bigint not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (run, key)
) without rowid;
insert into tracking_metric_latest_by_key (run, key, experiment, logged_at, step, value, is_nan)
select l.run, l.key, r.experiment, l.logged_at, l.step, l.value, l.is_nan
from tracking_metric_latest l join tracking_run r on r.id = l.run;
drop table tracking_metric_latest;
alter table tracking_metric_latest_by_key rename to tracking_metric_latest;
create index tracking_metric_latest_by_value on tracking_metric_latest (experiment, key, is_nan, value);
