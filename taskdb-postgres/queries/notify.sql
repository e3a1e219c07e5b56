-- purpose: tell other processes of new work; losing it in a crash costs nothing
-- params: $1 channel, $2 message, $3 the stamp of the call
-- cost: nothing stored
SELECT $3::bigint AS stamp, set_config('synchronous_commit', 'off', true), pg_notify($1, $2)
