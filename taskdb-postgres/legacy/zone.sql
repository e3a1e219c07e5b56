-- purpose: the time, whether a time zone is known, and whether it is that which the server writes its log in
-- params: $1 the zone
-- cost: a look into the list of zones
SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = $1) AS known, current_setting('log_timezone') AS server,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now,
    coalesce(
        (SELECT utc_offset FROM pg_timezone_names WHERE name = $1)
            = (SELECT utc_offset FROM pg_timezone_names WHERE name = current_setting('log_timezone')),
        false
    ) AS alike
