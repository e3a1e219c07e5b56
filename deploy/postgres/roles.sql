-- purpose: the three roles of a database for TaskDB: who owns the layout, who works in it, who watches
-- params: psql variables owner_password, worker_password and watcher_password, and database
-- cost: once a server, by a superuser; docs/operations.md tells what comes after it
CREATE ROLE taskdb_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE taskdb_worker LOGIN PASSWORD :'worker_password';
CREATE ROLE taskdb_watcher LOGIN PASSWORD :'watcher_password' IN ROLE pg_monitor;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON DATABASE :"database" TO taskdb_owner;
-- With the option, so that the owner can hand them on to those who work.
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO taskdb_owner WITH GRANT OPTION;
GRANT CONNECT ON DATABASE :"database" TO taskdb_worker, taskdb_watcher;
