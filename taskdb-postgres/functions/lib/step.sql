-- purpose: tell dependants of ended tasks, at most 500, and keep what is left in `releases`
-- params: p_queue the releases in order, jobs locked; p_now the clock
-- cost: the dependants told
CREATE FUNCTION step_HASH(p_queue release[], p_now bigint, p_budget integer DEFAULT 500) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_left integer := p_budget;
    v_at integer := 1;
    v_r release;
    v_posts integer[];
    v_ended integer[];
BEGIN
    WHILE v_at <= cardinality(p_queue) LOOP
        v_r := p_queue[v_at];
        IF v_left > 0 THEN
            v_posts := ARRAY(
                SELECT post FROM edges
                WHERE job = v_r.job AND pre = v_r.task AND post > v_r.after AND post < v_r.upto
                ORDER BY post LIMIT v_left
            );
            v_r.after := CASE WHEN cardinality(v_posts) = v_left THEN v_posts[v_left] ELSE v_r.upto END;
            v_left := v_left - cardinality(v_posts);
            IF EXISTS (SELECT 1 FROM tasks WHERE job = v_r.job AND task = v_r.task AND state = 3 /* done */) THEN
                PERFORM tell_done_HASH(v_r.job, v_posts, p_now);
            ELSE
                v_ended := tell_tolerated_HASH(v_r.job, v_posts, p_now);
                p_queue := p_queue || ARRAY(
                    SELECT ROW(v_r.job, e.task, -1, j.next_task)::release
                    FROM unnest(v_ended) AS e (task), jobs AS j WHERE j.job = v_r.job
                );
            END IF;
        END IF;
        IF v_r.after < v_r.upto THEN
            INSERT INTO releases (job, task, after, upto) VALUES (v_r.job, v_r.task, v_r.after, v_r.upto)
            ON CONFLICT (job, task) DO UPDATE SET after = excluded.after, upto = excluded.upto;
        ELSE
            DELETE FROM releases WHERE job = v_r.job AND task = v_r.task;
        END IF;
        v_at := v_at + 1;
    END LOOP;
END $$;
