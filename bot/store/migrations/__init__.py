"""Steps from one release's tables to the next.  Forward only; the previous release must run on the result."""
