-- Who is told what happens to models. The secret that signs is no part of it: it stands sealed among the secrets of the project 'mlflow'.
create table registry_webhook (
    id text primary key,
    name text not null,
    description text,
    url text not null,
    events text not null,
    status text not null,
    signed bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    deleted_at bigint
);
create index registry_webhook_by_creation on registry_webhook (created_at, id);

-- What waits to be told. The id stays the same however often it is tried, so that the other side can tell.
create table registry_webhook_delivery (
    id text primary key,
    webhook text not null,
    position bigint not null,
    payload text not null,
    created_at bigint not null,
    failures bigint not null,
    next_at bigint not null,
    last_error text
);
create index registry_webhook_delivery_by_time on registry_webhook_delivery (next_at, position);
create index registry_webhook_delivery_by_webhook on registry_webhook_delivery (webhook);
