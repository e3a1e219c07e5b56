-- purpose: what a tool that fills a namespace notes in it
-- params: none
-- cost: once per file
ALTER TABLE namespaces ADD COLUMN mark TEXT;
