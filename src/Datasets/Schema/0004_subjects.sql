-- That the rows of a subject were removed: whose they were stands here as a salted hash only. The report is a SubjectReport as JSON.
create table datasets_forgotten (
    id text primary key,
    project text not null,
    environment text not null,
    dataset text not null,
    report text not null,
    created_at bigint not null
);
create index datasets_forgotten_by_project on datasets_forgotten (project, id);
