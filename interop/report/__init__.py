"""The reports of a matrix run: results.json, junit.xml, index.html, and what changed since another run."""
