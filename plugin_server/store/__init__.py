"""The store: accounts, connections to Kit, installations, codes and tokens, in SQLite or PostgreSQL.

Servers can be replaced one after another because an older version may run on a newer schema. The recorded
SQL statements of ``tests/store/statements`` check that: ``<revision>.<database>.json`` has every statement
that the code of that schema revision sends to its database, with the number of rows that it changes, and
``tests/store/test_migrations.py`` sends them to databases of all later revisions. So before a migration is
added, record the statements of the code as it is:

    PYTHONPATH=tests .venv/bin/python -m support.databases.statements
"""
