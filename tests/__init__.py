"""The tests: stories, tables of cases, saved pages, replicas and clients."""
