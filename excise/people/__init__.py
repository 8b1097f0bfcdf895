"""Who may act: people, officers, delegations, rights and roles."""
