"""What is handed on: contributions to their funds, local tax to local bodies."""
