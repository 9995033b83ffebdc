"""The email editor: the sidebar, the plugin's answers as readers see them, and what is wrong with them."""
