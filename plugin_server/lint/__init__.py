"""The lint of email HTML: Kit's rules, accessibility, and the support of mail clients."""
