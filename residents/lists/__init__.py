"""Any list a worker has, read as it is. Each step passes plain data to the next; nothing here touches the database.

1. `reading`   bytes → sheets of numbered rows, in a guarded child process (`reader_process`, `prescan`)
2. `headers`   a sheet → tables: where the header stands, which column means which field; the user may correct it
3. `rows`      a table → people: clean values, or every fault of the row (`columns` holds what a whole column proves)
`faults` says in words what to do about a fault; `fields` names what a column can mean.
"""
