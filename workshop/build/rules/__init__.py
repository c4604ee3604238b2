"""The author's rules, as code: each module looks at one subject and yields findings."""
