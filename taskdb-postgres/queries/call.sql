-- purpose: run a verb
-- params: as the function of the verb
-- cost: as the function of the verb
SELECT ns.VERB_HASH(ARGUMENTS)::text
