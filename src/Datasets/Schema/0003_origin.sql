-- How a version was made (DatasetOrigin as JSON), and the lines of its files that nobody could read.
alter table datasets_version add column origin text;
alter table datasets_version add column quarantined bigint not null default 0;

-- Which versions a version was made from.
create table datasets_parent (
    child text not null,
    parent text not null,
    primary key (child, parent)
);
create index datasets_parent_by_parent on datasets_parent (parent);

-- The statistics of a list of files, computed when somebody first asked: a blob.
create table datasets_statistics (
    content_digest text primary key,
    digest text not null
);
create index datasets_statistics_by_digest on datasets_statistics (digest);

-- Rows that steps of pipelines have made, and that are to be added to datasets.
create table datasets_arrival (
    id text primary key,
    project text not null,
    environment text not null,
    dataset text not null,
    file text not null,
    type text not null,
    digest text not null,
    size bigint not null,
    parents text not null,
    run_id text not null,
    created_at bigint not null
);
create index datasets_arrival_by_digest on datasets_arrival (digest);
