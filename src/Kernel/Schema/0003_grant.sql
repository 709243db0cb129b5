-- Who has which role where: everything, a project, or a folder of experiments (its path, with a slash before and after each part).
create table kernel_grant (
    id text primary key,
    user_name text not null,
    role text not null,
    kind text not null,
    place text not null,
    granted_at bigint not null,
    granted_by text not null,
    unique (user_name, role, kind, place)
);

-- Whoever could do everything until now goes on doing so.
insert into kernel_grant (id, user_name, role, kind, place, granted_at, granted_by)
select 'grant-' || id, name, 'admin', 'everything', '', created_at, 'system:migration'
from kernel_credential where revoked_at is null;
