-- An event stands at its position, and nowhere else: each commit of a step writes a page less.
create table kernel_event_by_position (
    position bigint primary key,
    id text not null,
    at bigint not null,
    project text not null,
    type text not null,
    subject text not null,
    actor text not null,
    cause bigint,
    data text not null
) without rowid;
insert into kernel_event_by_position (position, id, at, project, type, subject, actor, cause, data)
select position, id, at, project, type, subject, actor, cause, data from kernel_event order by position;
drop table kernel_event;
alter table kernel_event_by_position rename to kernel_event;
create index kernel_event_by_type on kernel_event (type, position);
create index kernel_event_by_project on kernel_event (project, position);
create index kernel_event_by_subject on kernel_event (subject, position);
