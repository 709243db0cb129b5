create table kernel_event (
    position bigint primary key,
    id text not null,
    at bigint not null,
    project text not null,
    type text not null,
    subject text not null,
    actor text not null,
    cause bigint,
    data text not null
);
create index kernel_event_by_type on kernel_event (type, position);
create index kernel_event_by_project on kernel_event (project, position);
create index kernel_event_by_subject on kernel_event (subject, position);

-- One row hands out positions: its lock makes the order of positions the order of commits, on both databases.
create table kernel_event_position (
    id bigint primary key,
    position bigint not null
);
insert into kernel_event_position (id, position) values (1, 0);

create table kernel_cursor (
    subscriber text primary key,
    position bigint not null,
    failures bigint not null,
    last_error text
);

create table kernel_lease (
    name text primary key,
    holder text not null,
    fence bigint not null,
    expires_at bigint not null
);

create table kernel_project (
    name text primary key,
    created_at bigint not null,
    created_by text not null
);

create table kernel_credential (
    id text primary key,
    name text not null unique,
    token_digest text not null unique,
    created_at bigint not null,
    revoked_at bigint
);
