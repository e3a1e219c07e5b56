-- purpose: note the format of a file that was laid out by hand
-- params: FORMAT, put in place of the word
-- cost: once per file
PRAGMA user_version = FORMAT;
