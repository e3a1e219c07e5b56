-- purpose: how often claims were taken away, for processes that hold some
-- params: none
-- cost: once per file
ALTER TABLE namespaces ADD COLUMN cuts INTEGER NOT NULL DEFAULT 0;
