-- Ids count up and are never used again: nothing here is ever removed, what is deleted stays with its lifecycle.
create table tracking_experiment (
    id bigint primary key,
    name text not null unique,
    artifact_location text not null,
    lifecycle text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index tracking_experiment_by_creation on tracking_experiment (created_at, id);

create table tracking_experiment_tag (
    experiment bigint not null,
    key text not null,
    value text not null,
    primary key (experiment, key)
);

create table tracking_run (
    id text primary key,
    experiment bigint not null,
    name text not null,
    user_id text not null,
    status text not null,
    started_at bigint not null,
    ended_at bigint,
    lifecycle text not null,
    deleted_at bigint,
    artifact_uri text not null
);
create index tracking_run_by_start on tracking_run (experiment, lifecycle, started_at desc, id);

create table tracking_param (
    run text not null,
    key text not null,
    value text not null,
    primary key (run, key)
);

create table tracking_tag (
    run text not null,
    key text not null,
    value text not null,
    primary key (run, key)
);

-- The whole history, in the order in which it is read. NaN is a flag and the value 0, so that it is equal to itself.
create table tracking_metric (
    run text not null,
    key text not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (run, key, logged_at, step, value, is_nan)
);

-- Per run and key the point with the greatest step, time and value: kept with every write, so that a search reads one row.
create table tracking_metric_latest (
    run text not null,
    key text not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (run, key)
);

create table tracking_dataset (
    id text primary key,
    experiment bigint not null,
    name text not null,
    digest text not null,
    source_type text not null,
    source text not null,
    schema text,
    profile text,
    unique (experiment, name, digest)
);

-- Which datasets a run has read. The context stands beside the other tags because it is searched by.
create table tracking_input (
    run text not null,
    dataset text not null,
    place bigint not null,
    context text,
    tags text not null,
    primary key (run, dataset)
);

-- Which logged models a run has read (input) and made (output).
create table tracking_run_model (
    run text not null,
    direction text not null,
    model text not null,
    step bigint not null,
    primary key (run, direction, model, step)
);
