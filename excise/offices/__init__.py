"""The Department's offices: central, regions, areas, branches."""
