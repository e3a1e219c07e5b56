-- purpose: tell other processes of new work; losing it in a crash costs nothing
-- params: $1 channel, $2 message
-- cost: nothing stored
SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)
