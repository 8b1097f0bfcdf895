"""Who may act for a taxpayer: inviting people, changing what they may do, ending it."""
