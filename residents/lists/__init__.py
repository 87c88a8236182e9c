"""Any list a worker has, read as it is. The reading passes plain data from step to step and asks no database.

1. `reading`   bytes → sheets of numbered rows, in a guarded child process (`reader_process`, `prescan`)
2. `headers`   a sheet → tables: which column means which field; the user may correct it (`headings` knows what a
               heading means and where it stands, `side_by_side` finds tables side by side)
3. `rows`      a table → people: clean values, or every fault of the row (`who`: which rows are people; `above`: what a
               row leaves to those above; `columns`: what a whole column proves; `temperatures`: days across)
What follows (`matching`, `staging`, `commit`, …: README.md) compares with the register, inside the transactions of
`actions.lists`. `faults` says in words what to do about a fault; `fields` names what a column can mean.
"""
