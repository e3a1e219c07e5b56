-- Ending a job that nothing can change any more, for scripts that seldom do.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: a function of the job
return close_if_over
