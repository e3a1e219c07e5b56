-- purpose: change the settings that are given
-- params: ?1 ns, ?2 stream, ?3 reserved, ?4 be_mult, ?5 paused (null: as it is)
-- cost: one row
UPDATE streams
SET reserved = coalesce(?3, reserved), be_mult = coalesce(?4, be_mult), paused = coalesce(?5, paused)
WHERE ns = ?1 AND stream = ?2
