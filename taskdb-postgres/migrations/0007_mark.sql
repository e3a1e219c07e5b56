-- purpose: what a tool that fills a namespace notes in it
-- params: none
-- cost: once per namespace
ALTER TABLE meta ADD COLUMN mark bytea;
