create table serving_endpoint (
    name text primary key,
    project text not null,
    environment text not null,
    model text not null,
    -- The declaration that a release brought; null for an endpoint that was made by hand and pins one version.
    manifest text,
    created_at bigint not null,
    created_by text not null
);
create index serving_endpoint_by_model on serving_endpoint (project, environment, model);

-- What traffic should do: the loader of each server makes its routes look like this.
create table serving_deployment (
    endpoint text not null,
    version bigint not null,
    percent bigint not null,
    state text not null,
    changed_at bigint not null,
    primary key (endpoint, version)
);

create table serving_rollout (
    id text primary key,
    endpoint text not null,
    version bigint not null,
    previous bigint,
    state text not null,
    step bigint not null,
    percent bigint not null,
    by_hand bigint not null,
    reason text,
    checks text not null,
    created_at bigint not null,
    step_started_at bigint not null,
    finished_at bigint,
    cause bigint,
    actor text not null
);
create index serving_rollout_by_endpoint on serving_rollout (endpoint, created_at);
create index serving_rollout_by_state on serving_rollout (state, created_at);
