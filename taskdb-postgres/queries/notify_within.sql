-- purpose: tell every process of new work as soon as the transaction is committed
-- params: $1 channel, $2 message
-- cost: nothing stored; commits of transactions that tell something wait for each other
SELECT pg_notify($1, $2)
