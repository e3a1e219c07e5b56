-- purpose: where claims of a lane begin to look, so that they step over nothing that earlier ones have left behind
-- params: none
-- cost: once per namespace
-- No ready task of the lane lies below `first`.
ALTER TABLE lanes ADD COLUMN first integer NOT NULL DEFAULT 0;
