-- The manifest of a pipeline as it was deployed, once for each content: a run keeps the one it was created with.
create table pipelines_version (
    id text primary key,
    body text not null
);

create table pipelines_pipeline (
    project text not null,
    environment text not null,
    name text not null,
    version_id text not null,
    package text not null,
    commit_id text not null,
    deployed_at bigint not null,
    deployed_by text not null,
    cause bigint,
    primary key (project, environment, name)
);

create table pipelines_trigger (
    project text not null,
    environment text not null,
    pipeline text not null,
    position bigint not null,
    kind text not null,
    body text not null,
    next_at bigint,
    last_version bigint not null,
    deferred bigint not null,
    primary key (project, environment, pipeline, position)
);
create index pipelines_trigger_by_time on pipelines_trigger (next_at);

-- Events that triggers have yet to look at.
create table pipelines_signal (
    position bigint primary key,
    project text not null,
    type text not null,
    data text not null
);

create table pipelines_run (
    id text primary key,
    project text not null,
    environment text not null,
    pipeline text not null,
    version_id text not null,
    package text not null,
    commit_id text not null,
    parameters text not null,
    sources text not null,
    trigger_kind text not null,
    evidence text not null,
    actor text not null,
    cause bigint,
    created_position bigint not null,
    as_of bigint,
    state text not null,
    reason text,
    remaining bigint not null,
    created_at bigint not null,
    started_at bigint,
    finished_at bigint
);
create index pipelines_run_by_pipeline on pipelines_run (project, pipeline, environment, id);
create index pipelines_run_by_state on pipelines_run (state);

create table pipelines_step (
    run_id text not null,
    node_id text not null,
    position bigint not null,
    kind text not null,
    step text not null,
    state text not null,
    attempt bigint not null,
    fence bigint not null,
    failures bigint not null,
    losses bigint not null,
    waiting_on bigint not null,
    not_before bigint not null,
    owner text,
    lease_until bigint,
    cache_key text,
    reused_from text,
    metrics text,
    message text,
    mend text,
    started_at bigint,
    finished_at bigint,
    primary key (run_id, node_id)
);
create index pipelines_step_by_state on pipelines_step (state, not_before);
create index pipelines_step_by_key on pipelines_step (cache_key, state);

create table pipelines_edge (
    run_id text not null,
    from_node text not null,
    to_node text not null,
    primary key (run_id, from_node, to_node)
);

create table pipelines_output (
    run_id text not null,
    node_id text not null,
    port text not null,
    type text not null,
    digest text not null,
    size bigint not null,
    summary text,
    primary key (run_id, node_id, port)
);

create table pipelines_attempt (
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    fence bigint not null,
    owner text not null,
    state text not null,
    started_at bigint not null,
    finished_at bigint,
    error_type text,
    message text,
    mend text,
    primary key (run_id, node_id, attempt)
);

create table pipelines_cache (
    scope text not null,
    cache_key text not null,
    execution_id text not null,
    run_id text not null,
    node_id text not null,
    outputs text not null,
    metrics text not null,
    record text not null,
    created_at bigint not null,
    primary key (scope, cache_key)
);

create table pipelines_log (
    run_id text not null,
    position bigint not null,
    node_id text not null,
    attempt bigint not null,
    lines text not null,
    primary key (run_id, position)
);
