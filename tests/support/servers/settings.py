"""What a server has to be given, as ``load_config`` takes it, for tests that are about something else."""

SETTINGS = {
    "secret_key": "s" * 40,
    "encryption_keys": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "plugin_client_id": "kit",
    "plugin_client_secret": "secret",
    "kit_client_id": "us",
    "kit_client_secret": "secret",
}
