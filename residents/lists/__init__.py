"""Any list a worker has, read as it is. Each step passes plain data to the next; nothing here touches the database.

1. `reading`   bytes → sheets of numbered rows, in a guarded child process (`reader_process`, `prescan`)
2. `headers`   a sheet → tables: which column means which field; the user may correct it (`headings` knows what a
               heading means and where it stands, `blocks` finds tables side by side)
3. `rows`      a table → people: clean values, or every fault of the row (`who`: which rows are people; `above`: what a
               row leaves to those above; `columns`: what a whole column proves; `temperatures`: days across)
`faults` says in words what to do about a fault; `fields` names what a column can mean.
"""
