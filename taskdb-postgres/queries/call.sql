-- purpose: run a verb
-- params: as the function of the verb, and behind them the stamp of the call
-- cost: as the function of the verb
SELECT STAMP::bigint AS stamp, ns.VERB_HASH(ARGUMENTS)::text AS answer
