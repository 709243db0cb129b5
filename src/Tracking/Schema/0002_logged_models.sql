-- Models as runs log them, each with a place for its files. One that was deleted stays with its lifecycle.
create table tracking_logged_model (
    id text primary key,
    experiment bigint not null,
    name text not null,
    model_type text,
    source_run text,
    status text not null,
    status_message text,
    artifact_uri text not null,
    lifecycle text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index tracking_logged_model_by_creation on tracking_logged_model (experiment, lifecycle, created_at desc, id);
create index tracking_logged_model_by_run on tracking_logged_model (source_run, name);

create table tracking_logged_model_param (
    model text not null,
    key text not null,
    value text not null,
    primary key (model, key)
);

create table tracking_logged_model_tag (
    model text not null,
    key text not null,
    value text not null,
    primary key (model, key)
);

-- Per model, key and dataset the point with the greatest step, time and value, and the run that logged it. The whole history
-- stands with the run. Without a dataset its name and digest are empty.
create table tracking_logged_model_metric (
    model text not null,
    key text not null,
    dataset_name text not null,
    dataset_digest text not null,
    run text not null,
    logged_at bigint not null,
    step bigint not null,
    value double precision not null,
    is_nan bigint not null,
    primary key (model, key, dataset_name, dataset_digest)
);

create index tracking_input_by_dataset on tracking_input (dataset);
