-- purpose: see everything as it is now, until the end, and be unable to write
-- params: none
-- cost: holds a snapshot
START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
