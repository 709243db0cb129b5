-- Records as they were last brought from elsewhere. What has changed at their source since then is told apart from what has changed here.
create table registry_import (
    kind text not null,
    id text not null,
    record text not null,
    primary key (kind, id)
);
