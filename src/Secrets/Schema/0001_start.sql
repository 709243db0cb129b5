-- Versions are never given to another value: a step that was computed with one of them is not the step with the next. What is old or
-- deleted keeps its row and loses its value.
create table secrets_version (
    project text not null,
    name text not null,
    environment text not null,
    version bigint not null,
    key_id text not null,
    sealed text,
    created_at bigint not null,
    created_by text not null,
    deleted_at bigint,
    primary key (project, name, environment, version)
);
