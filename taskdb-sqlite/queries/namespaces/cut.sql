-- purpose: tell other processes that claims were taken away
-- params: ?1 ns
-- cost: one row
UPDATE namespaces SET cuts = cuts + 1 WHERE ns = ?1
