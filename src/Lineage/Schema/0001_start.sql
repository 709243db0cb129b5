create table lineage_artifact (
    id text primary key,
    type text not null,
    digest text not null,
    size bigint not null
);

create table lineage_execution (
    id text primary key,
    project text not null,
    run_id text not null,
    node_id text not null,
    attempt bigint not null,
    step text not null,
    code_digest text not null,
    cache_key text,
    state text not null,
    reused_from text,
    started_at bigint not null,
    ended_at bigint not null
);
create index lineage_execution_by_run on lineage_execution (run_id);

-- An event ties an execution to an artifact by port. The run stands here too: a walk through the graph stays inside the run
-- where it can, and equal bytes made by other runs do not lead it astray.
create table lineage_event (
    execution_id text not null,
    direction text not null,
    port text not null,
    artifact_id text not null,
    run_id text not null,
    primary key (execution_id, direction, port)
);
create index lineage_event_by_artifact on lineage_event (artifact_id, direction, run_id);

create table lineage_context (
    id text primary key,
    kind text not null,
    project text not null,
    properties text not null
);

create table lineage_association (
    context_id text not null,
    execution_id text not null,
    primary key (context_id, execution_id)
);

-- What people call an artifact: a dataset version that a run took, a model version that a run made.
create table lineage_name (
    name text not null,
    artifact_id text not null,
    run_id text not null,
    kind text not null,
    primary key (name, artifact_id, run_id)
);
create index lineage_name_by_artifact on lineage_name (artifact_id);
