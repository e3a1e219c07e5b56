-- purpose: how many jobs of a user run
-- params: $1 user
-- cost: one index entry each
SELECT count(*) FROM ns.jobs WHERE user_id = $1 AND state = 0 /* job running */
