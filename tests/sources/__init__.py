"""Outside parties: saved pages and what each must become, real clients against replicas, spoilt bodies."""
