-- purpose: free an idempotency key whose time is over
-- params: ?1 ns, ?2 job
-- cost: one row
UPDATE jobs SET key = NULL, key_expires_at = NULL WHERE ns = ?1 AND job = ?2
