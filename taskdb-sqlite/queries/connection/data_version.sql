-- purpose: a number that changes when another process has committed
-- params: none
-- cost: reads shared memory
PRAGMA data_version
