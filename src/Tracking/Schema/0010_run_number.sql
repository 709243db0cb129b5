-- Runs have a number beside their id: what they log stands by it in little more than half the space, and the newest runs stand together.
create table tracking_run_by_number (
    number bigint primary key,
    id text not null unique,
    experiment bigint not null,
    name text not null,
    user_id text not null,
    status text not null,
    started_at bigint not null,
    ended_at bigint,
    lifecycle text not null,
    deleted_at bigint,
    artifact_uri text not null
) without rowid;
insert into tracking_run_by_number
    (number, id, experiment, name, user_id, status, started_at, ended_at, lifecycle, deleted_at, artifact_uri)
select row_number() over (order by started_at, id), id, experiment, name, user_id, status, started_at, ended_at, lifecycle, deleted_at, artifact_uri
from tracking_run;
drop table tracking_run;
alter table tracking_run_by_number rename to tracking_run;
create index tracking_run_by_start on tracking_run (experiment, lifecycle, started_at desc, id);
create index tracking_run_by_deletion on tracking_run (lifecycle, deleted_at);
create index tracking_run_by_name on tracking_run (experiment, name);

-- None is given twice, also not that of a run that is gone.
create sequence tracking_run_number after (select coalesce(max(number), 0) from tracking_run);

create table tracking_param_by_number (
    run_number bigint not null,
    key text not null,
    value text not null,
    primary key (run_number, key)
) without rowid;
insert into tracking_param_by_number (run_number, key, value)
select r.number, p.key, p.value from tracking_param p join tracking_run r on r.id = p.run;
drop table tracking_param;
alter table tracking_param_by_number rename to tracking_param;

create table tracking_tag_by_number (
    run_number bigint not null,
    key text not null,
    value text not null,
    primary key (run_number, key)
) without rowid;
insert into tracking_tag_by_number (run_number, key, value)
select r.number, t.key, t.value from tracking_tag t join tracking_run r on r.id = t.run;
drop table tracking_tag;
alter table tracking_tag_by_number rename to tracking_tag;

create table tracking_metric_by_number (
    run_number bigint not null,
    key text not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (run_number, key, logged_at, step, value, is_nan)
) without rowid;
insert into tracking_metric_by_number (run_number, key, logged_at, step, value, is_nan)
select r.number, m.key, m.logged_at, m.step, m.value, m.is_nan from tracking_metric m join tracking_run r on r.id = m.run;
drop table tracking_metric;
alter table tracking_metric_by_number rename to tracking_metric;

create table tracking_metric_latest_by_number (
    run_number bigint not null,
    key text not null,
    experiment bigint not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    min_value double precision,
    max_value double precision,
    primary key (run_number, key)
) without rowid;
insert into tracking_metric_latest_by_number
    (run_number, key, experiment, logged_at, step, value, is_nan, min_value, max_value)
select r.number, l.key, l.experiment, l.logged_at, l.step, l.value, l.is_nan, l.min_value, l.max_value
from tracking_metric_latest l join tracking_run r on r.id = l.run;
drop table tracking_metric_latest;
alter table tracking_metric_latest_by_number rename to tracking_metric_latest;
create index tracking_metric_latest_by_value on tracking_metric_latest (experiment, key, is_nan, value);
