-- What a project has declared about a dataset of an environment.
create table datasets_declaration (
    project text not null,
    environment text not null,
    dataset text not null,
    event_time text,
    primary key (project, environment, dataset)
);

-- The files of the newest version, with what was read from each.
create table datasets_file (
    project text not null,
    environment text not null,
    dataset text not null,
    name text not null,
    digest text not null,
    size bigint not null,
    row_count bigint not null,
    quarantined bigint not null,
    column_names text not null,
    as_of text,
    primary key (project, environment, dataset, name)
);

create table datasets_version (
    id text primary key,
    project text not null,
    environment text not null,
    dataset text not null,
    version bigint not null,
    content_digest text not null,
    file_count bigint not null,
    row_count bigint not null,
    new_rows bigint not null,
    as_of text,
    created_at bigint not null,
    created_by text not null,
    unique (project, environment, dataset, version)
);
