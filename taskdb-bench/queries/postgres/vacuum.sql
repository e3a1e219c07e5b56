-- purpose: makes room of what is dead, as the server does by itself in time
-- params: none; NAME stands for the name
-- cost: the table
VACUUM NAME
