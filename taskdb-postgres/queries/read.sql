-- purpose: run a statement that reads; its rows bear the stamp of the call, and so does the one in place of none
-- params: as the statement, and behind them the stamp of the call
-- cost: as the statement, and in its order: a join with one row, on nothing, can only be a loop
SELECT call.stamp, answer.* FROM (VALUES (STAMP::bigint)) AS call (stamp)
LEFT JOIN (SELECT true AS found, rows.* FROM (
STATEMENT
) AS rows) AS answer ON true
