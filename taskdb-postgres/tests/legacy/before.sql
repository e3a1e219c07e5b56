-- purpose: take the layout back to the version before tasks knew when their job was created
-- params: none
-- cost: once per test
ALTER TABLE tasks DROP COLUMN job_created_at;
DELETE FROM _sqlx_migrations WHERE version = 9;
