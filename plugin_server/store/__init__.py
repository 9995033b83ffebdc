"""What the server remembers: accounts, connections to Kit, installations, codes and tokens."""
