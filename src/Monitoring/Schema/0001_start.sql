-- Inputs are a JSON array: the numbers of the signature packed, then its texts (RowCodec).
create table monitoring_prediction (
    endpoint text not null,
    inference_id text not null,
    version bigint not null,
    event_time bigint not null,
    at bigint not null,
    value double precision,
    inputs text not null,
    primary key (endpoint, inference_id)
);
create index monitoring_prediction_by_time on monitoring_prediction (endpoint, event_time);

-- On its own: a true value may come before the prediction has been written.
create table monitoring_truth (
    endpoint text not null,
    inference_id text not null,
    value double precision not null,
    at bigint not null,
    primary key (endpoint, inference_id)
);

-- The anchor is the day of the endpoint's first prediction: windows are laid from there.
create table monitoring_monitor (
    endpoint text not null,
    name text not null,
    project text not null,
    manifest text not null,
    anchor bigint,
    primary key (endpoint, name)
);

create table monitoring_window (
    endpoint text not null,
    monitor text not null,
    window_from bigint not null,
    window_to bigint not null,
    n bigint not null,
    value double precision,
    limit_value double precision not null,
    state text not null,
    model_version bigint,
    details text not null,
    evaluated_at bigint not null,
    primary key (endpoint, monitor, window_to)
);

create table monitoring_alert (
    id text primary key,
    project text not null,
    endpoint text not null,
    monitor text not null,
    at bigint not null,
    data text not null
);
create index monitoring_alert_by_time on monitoring_alert (at);
create index monitoring_alert_by_endpoint on monitoring_alert (endpoint, at);
