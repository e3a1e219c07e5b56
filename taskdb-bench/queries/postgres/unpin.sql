-- purpose: ends the transaction of a snapshot
-- params: none
-- cost: nothing stored
COMMIT
