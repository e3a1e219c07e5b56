-- purpose: the job that holds an idempotency key
-- params: ?1 ns, ?2 user, ?3 key
-- cost: one lookup
SELECT job, id, key_expires_at FROM jobs WHERE ns = ?1 AND user_id = ?2 AND key = ?3
