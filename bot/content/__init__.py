"""Facts and words as data: services, fix steps, playbooks, codes, drills, languages.  Read and checked whole at start."""
