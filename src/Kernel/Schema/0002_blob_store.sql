-- Which blob store belongs to this database: it carries the same id.
create table kernel_blob_store (
    id text primary key
);
