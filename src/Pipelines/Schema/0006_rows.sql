-- How many rows came into a step of a finished run, how many went out, and how many the step said it dropped.
create table pipelines_rows (
    run_id text not null,
    node_id text not null,
    project text not null,
    environment text not null,
    pipeline text not null,
    rows_in bigint not null,
    rows_out bigint not null,
    dropped bigint not null,
    reasons text not null,
    finished_at bigint not null,
    primary key (run_id, node_id)
);
create index pipelines_rows_by_pipeline on pipelines_rows (project, environment, pipeline, run_id);
