-- What the end of a task means for others: its dependants are told, its job may end.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: a function of the job and the task, whose answer is whether steps are left
return function(j, t)
  settle(j, t)
  close_if_over(j)
  return unfinished
end
