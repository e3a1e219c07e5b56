-- purpose: forget workers whose time has passed
-- params: ?1 ns, ?2 now
-- cost: the rows removed
DELETE FROM workers WHERE ns = ?1 AND expires_at <= ?2
