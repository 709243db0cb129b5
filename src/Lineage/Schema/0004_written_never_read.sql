-- An execution names its run, which is its context: a table that says so once more was written at every step and never read.
drop table lineage_association;
