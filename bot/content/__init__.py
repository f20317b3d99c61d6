"""Facts and words as data: services, fix steps, playbooks, codes, drills, languages.  Checked whole at start."""
