-- purpose: removes a schema with all that is in it
-- params: none; NAME stands for its name
-- cost: its files
DROP SCHEMA IF EXISTS "NAME" CASCADE
