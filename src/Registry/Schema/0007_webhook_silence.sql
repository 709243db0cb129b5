-- A webhook that has not taken what it was told is left alone until a time: how often in a row, and until when.
alter table registry_webhook add column silences bigint not null default 0;
alter table registry_webhook add column silent_until bigint not null default 0;
-- How often it was changed: what was begun before a change tells nothing of what it is after it.
alter table registry_webhook add column changes bigint not null default 0;

-- What waits is looked for by webhook, so that one that has much waiting stands in nobody's way.
drop index registry_webhook_delivery_by_time;
drop index registry_webhook_delivery_by_webhook;
create index registry_webhook_delivery_by_webhook on registry_webhook_delivery (webhook, next_at);
