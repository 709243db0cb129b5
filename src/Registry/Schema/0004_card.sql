-- What people write about a model. Every edit is a revision of its own.
create table registry_card (
    project text not null,
    environment text not null,
    model text not null,
    revision bigint not null,
    body text not null,
    edited_at bigint not null,
    edited_by text not null,
    primary key (project, environment, model, revision)
);
