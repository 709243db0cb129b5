alter table datasets_version add column deleted_at bigint;
alter table datasets_version add column deleted_by text;
create index datasets_version_by_content on datasets_version (content_digest);
create index datasets_file_by_digest on datasets_file (digest);

-- Which versions hold a file: those from the first on, up to but not including the last (null: it is in the newest one).
create table datasets_span (
    project text not null,
    environment text not null,
    dataset text not null,
    name text not null,
    digest text not null,
    from_version bigint not null,
    until_version bigint,
    primary key (project, environment, dataset, name, from_version)
);
create index datasets_span_by_digest on datasets_span (digest);

-- The datasets whose spans are complete: all but those that an earlier version of Rondo began, until somebody asks.
create table datasets_indexed (
    project text not null,
    environment text not null,
    dataset text not null,
    primary key (project, environment, dataset)
);
