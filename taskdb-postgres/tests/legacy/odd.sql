-- purpose: everything that a reader must expect to be wrong; the jobs begin with `e`, a hexadecimal number follows
-- params: none
-- cost: once per test
INSERT INTO streams (id, worker_type, reserved, be_mult, user_id) VALUES
    ('00000000-0000-4000-8000-0000000000f1', 'cpu', 0, -2, 'carol'),
    ('00000000-0000-4000-8000-0000000000f2', 'cpu', -1, 'NaN', 'carol'),
    ('00000000-0000-4000-8000-0000000000f3', 'gpu', 0, 'Infinity', 'carol'),
    ('00000000-0000-4000-8000-0000000000f4', 'tab	in it', 0, 1, 'carol');
INSERT INTO jobs (id, state, error, user_id)
SELECT ('00000000-0000-4000-8000-0000000000e' || to_hex(n))::uuid, state::job_state, error, 'carol'
FROM (VALUES
    (1, 'running', NULL), (2, 'running', NULL), (3, 'running', NULL), (4, 'running', NULL), (5, 'done', NULL),
    (6, 'running', NULL), (7, 'done', NULL), (8, 'failed', 'gone'), (9, 'failed', 'why'), (10, 'running', NULL),
    (11, 'done', NULL), (12, 'running', NULL), (13, 'running', NULL), (14, 'failed', '')
) AS v (n, state, error);
INSERT INTO tasks (
    job_id, task_id, stream_id, task_def, prerequisites, state, created_at, started_at, updated_at, waiting_on,
    progress, retries, max_retries, timeout_secs, output, error, job_created_at
)
SELECT ('00000000-0000-4000-8000-0000000000e' || job)::uuid, task, '00000000-0000-4000-8000-0000000000f1', '{}',
    prerequisites::jsonb, state::task_state, '2026-02-01'::timestamp + age * interval '1 second',
    CASE WHEN state IN ('running', 'done') THEN '2026-01-31'::timestamp END, NULL, waiting, 0.5, 0, 1, 60,
    CASE WHEN state = 'done' THEN '1'::jsonb END, CASE WHEN state = 'failed' THEN 'broken' END, '2026-02-01'
FROM (VALUES
    ('1', 1, 'init', '[]', 'ready', 0), ('1', 2, 'twice', '["init", "init"]', 'pending', 2),
    ('2', 1, 'init', '[]', 'done', 0), ('2', 2, 'stuck', '["init"]', 'pending', 1),
    ('3', 1, 'init', '[]', 'done', 0), ('3', 2, 'self', '["init", "self"]', 'pending', 1),
    ('3', 3, 'x', '["y"]', 'pending', 1), ('3', 4, 'y', '["x"]', 'pending', -3),
    ('4', 1, 'init', '[]', 'done', 0), ('4', 2, 'last', '["init"]', 'done', 0),
    ('5', 1, 'init', '[]', 'done', 0), ('5', 2, 'late', '["init"]', 'ready', 0), ('5', 3, 'more', '["late"]', 'pending', 1),
    ('8', 1, 'init', '[]', 'failed', 0), ('8', 2, 'ready', '[]', 'ready', 0), ('8', 3, 'waits', '["init"]', 'pending', 1),
    ('9', 1, 'init', '[]', 'done', 0), ('9', 2, 'open', '["init"]', 'ready', 0),
    ('a', 1, 'init', '[]', 'failed', 0), ('a', 2, 'on', '[]', 'running', 0),
    ('b', 1, 'init', '[]', 'failed', 0), ('b', 2, 'after', '[]', 'done', 0),
    ('c', 1, repeat('n', 2700), '[]', 'ready', 0), ('c', 2, 'odd', '{"no": "list"}', 'ready', 0),
    ('d', 1, 'init', '["none", 5]', 'pending', 2), ('d', 9, 'early', '["later"]', 'ready', 0),
    ('d', 10, 'later', '[]', 'ready', 0)
) AS v (job, age, task, prerequisites, state, waiting);
UPDATE tasks SET retries = 9, timeout_secs = -1, progress = 'NaN', output = '"early"' WHERE task_id = 'on';
UPDATE tasks SET output = NULL WHERE task_id = 'last';
UPDATE tasks SET task_def = '{"n": 1e999}' WHERE task_id = 'odd';
UPDATE tasks SET updated_at = '2999-01-01' WHERE task_id = 'stuck';
UPDATE tasks SET error = repeat('é', 40000) WHERE task_id = 'init' AND state = 'failed';
INSERT INTO task_deps (job_id, pre_task_id, post_task_id) VALUES
    ('00000000-0000-4000-8000-0000000000e1', 'init', 'twice'), ('00000000-0000-4000-8000-0000000000e1', 'init', 'twice'),
    ('00000000-0000-4000-8000-0000000000e2', 'stuck', 'init');
