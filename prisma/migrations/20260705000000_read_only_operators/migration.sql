-- A read-only operator. Alone in its migration: Postgres cannot use a new value in the transaction that adds it.
ALTER TYPE "Role" ADD VALUE 'AUDITOR';
