-- purpose: makes a schema and works in it
-- params: none; NAME stands for its name
-- cost: a row of the catalog
CREATE SCHEMA "NAME"; SET search_path TO "NAME"
