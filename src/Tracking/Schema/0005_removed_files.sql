-- When a file was written down for removal is asked by nobody: it goes with the next round.
alter table tracking_removed_files drop column removed_at;
