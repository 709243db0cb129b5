-- Which words the names, tags and notes of a run have, or those of the experiment itself: then there is no run.
create table tracking_word (
    word text not null,
    experiment bigint not null,
    run text not null,
    primary key (word, experiment, run)
) without rowid;

-- What an earlier version of Rondo has written, and whose words are still to be written down.
create table tracking_word_backlog (
    experiment bigint not null,
    run text not null,
    primary key (experiment, run)
) without rowid;
insert into tracking_word_backlog (experiment, run) select experiment, id from tracking_run;
insert into tracking_word_backlog (experiment, run) select id, '' from tracking_experiment where lifecycle <> 'removed';
