-- purpose: what a tool that fills a namespace has noted in it
-- params: ?1 ns
-- cost: one lookup
SELECT mark FROM namespaces WHERE ns = ?1
