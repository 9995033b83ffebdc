"""gunicorn as this server runs it: the server, its master and workers, client connections, shutdown."""
